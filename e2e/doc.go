// Package e2e drives a real Chromium against the real server and its sandbox. It holds tests alone.
//
// Each test has a server process, a sandbox and a browser context (its own cookies, storage, workers) of its own, so that
// tests share nothing but the browser's process. Every wait is for a condition, never for a time. At the end of every test
// its pages' and workers' consoles must be free of unexpected errors, and no token or password may lie in a page.
//
// `make test` builds what these tests need; `make build && go test ./e2e -run NAME` repeats one of them.
package e2e
