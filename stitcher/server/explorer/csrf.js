// Whoever is logged in by a cookie needs its session's token for anything but a query; it is asked for each time,
// because logging in and out changes it. A word too many in this pattern costs no more than that question; in JSON
// there may be a letter before it, as in "\nmutation".
{
  const send = window.fetch;
  const noQuery = /mutation|subscription/;
  window.fetch = async (resource, options) => {
    if (typeof options?.body !== "string" || !noQuery.test(options.body)) return send(resource, options);
    const headers = new Headers(options.headers);
    const answer = await send("csrf-token");
    if (answer.ok) headers.set("X-CSRF-Token", (await answer.json()).csrfToken);
    return send(resource, { ...options, headers });
  };
}
