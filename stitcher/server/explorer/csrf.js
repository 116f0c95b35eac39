// Whoever is logged in by a cookie needs its session's token for anything but a query; it is asked for each time,
// because logging in and out changes it. A word too many in this pattern costs no more than that question.
{
  const send = window.fetch;
  const noQuery = /\b(mutation|subscription)\b/;
  window.fetch = async (resource, options) => {
    if (typeof options?.body !== "string" || !noQuery.test(options.body)) return send(resource, options);
    const headers = new Headers(options.headers);
    const answer = await send("csrf-token");
    if (answer.ok) headers.set("X-CSRF-Token", (await answer.json()).csrfToken);
    return send(resource, { ...options, headers });
  };
}
