// Package gateway keeps partner tokens on the server. A page calls
//
//	exact.fetch("/gateway/su/SUAPI/jservice/availability", { method: "POST", … })
//
// on its own origin; the gateway checks that the caller is signed in to Exact
// Payments, obtains the partner's token (the Su channel manager API, XCover
// Elements, or any OAuth 2.0 client-credentials server), keeps it until shortly
// before it expires, and forwards the request with "Authorization: Bearer …".
// Neither the partner's secret nor its token ever reaches a browser, and the
// caller's own token and cookies never reach a partner.
//
// What is kept is a cache only, so any number of instances can run side by side.
package gateway
