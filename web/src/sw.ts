// Empty on purpose. A worker's requests pass through the service worker of its scope, with their headers, and so through
// any that the site has at its root. This one, nearer, has no `fetch` handler: the requests go to the network instead.
export {};
