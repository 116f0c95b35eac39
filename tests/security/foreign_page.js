// What a page can try against a gateway of another origin, with the cookies of the browser's user. Returns for each
// attempt what the page may read: the text of an answer, "opaque" where there is one that it may not, or "refused".
async ([gateway, token]) => {
  const url = gateway + "/graphql";
  const operations = {
    change: 'mutation { rename(name: "Mallory") { name } }',
    login: 'mutation { login(email: "bob", password: "right") { user { name } } }',
  };
  const simple = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];
  const json = { "content-type": "application/json" };
  const attempts = {};

  function post(name, body, headers, mode = "cors") {
    attempts[name] = [url, { method: "POST", mode, credentials: "include", headers, body }];
  }
  function get(name, address, headers, mode = "cors") {
    attempts[name] = [address, { mode, credentials: "include", headers }];
  }
  const asking = (query) => url + "?query=" + encodeURIComponent(query);

  for (const [what, query] of Object.entries(operations)) {
    const body = JSON.stringify({ query });
    for (const mode of ["cors", "no-cors"]) {
      for (const type of simple) post(`${what} ${mode} ${type}`, body, { "content-type": type }, mode);
      post(`${what} ${mode} nameless`, new Blob([body]), {}, mode);
      get(`${what} ${mode} get`, asking(query), {}, mode);
    }
    post(`${what} json`, body, json);
    post(`${what} json, token`, body, { ...json, "x-csrf-token": token });
    navigator.sendBeacon(url, body);
    try {
      navigator.sendBeacon(url, new Blob([body], json));
    } catch {} // a browser that asks beforehand even here
  }
  get("read", asking("{ me { name } }"));
  get("read, header", asking("{ me { name } }"), { "graphql-require-preflight": "1" });
  post("read json", '{"query":"{ me { name } }"}', json);
  get("token", gateway + "/csrf-token");

  const outcomes = {};
  for (const [name, [address, options]] of Object.entries(attempts)) {
    try {
      const response = await fetch(address, options);
      outcomes[name] = response.type === "opaque" ? "opaque" : await response.text();
    } catch {
      outcomes[name] = "refused";
    }
  }
  return outcomes;
}
