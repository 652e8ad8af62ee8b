/** Pages without script or style, for who is not (or not yet) let in. No text of a request is ever in them. */

function page(head: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">${head}<title>k42</title></head>
<body><h1>k42</h1>${body}</body>
</html>
`;
}

/** Leads on to `path`, as a step of our own site. */
export function enteringPage(path: string): string {
  return page(`<meta http-equiv="refresh" content="0;url=${path}">`, `<p><a href="${path}">On to the terminal</a></p>`);
}

export function closedPage(reason: string): string {
  return page('', `<p>${reason}</p>`);
}
