package client

import "exactlogin/wasm/exact"

// Realm is what the program needs of the world it runs in: the worker's, or the
// page's with page isolation. Its methods return at once and never call back
// into the client before they return.
type Realm interface {
	Wall() int64      // Date.now(), ms
	Monotonic() int64 // performance.now(), ms; it stops while the machine sleeps
	Online() bool     // true where unknown

	// Send makes one request of the client's own. Client.Answered reports its
	// end, exactly once, in a later task.
	Send(id int64, r Request)
	Abort(id int64)
	// Keep makes one of the vault's tokens the session's and forgets the
	// others; 0 forgets all.
	Keep(secret int64)
	// Wake sets the one timer, in ms, which calls Client.Look; negative clears it.
	Wake(ms int64)

	Publish(connection int64, s Snapshot, event string) // event "" tells nobody but the caller's mirror
	Settle(call int64, s Snapshot, err *exact.Error)    // err nil is success
}

// Request is a request of the client's own. It always goes out without
// cookies, follows no redirect, and stays out of the HTTP cache.
type Request struct {
	Method    string
	URL       string
	Timeout   int64 // ms
	Authorize int64 // secret to send, 0 none
	Headers   [][2]string
	Body      *string
	Password  int64 // >0: handle of the password that the host adds to the body
	TakeToken bool  // the host keeps the answer's token and gives its number
	KeepAlive bool  // may outlive the page
}

// Answer is what came of a Request.
type Answer struct {
	Status     int    // 0: there was no answer
	Failure    string // "network", "timeout" or "aborted" where Status is 0
	Offline    bool
	Date       int64  // the header Date in ms, 0 unreadable
	RetryAfter string // the header
	Secret     int64  // number of the token that was taken, 0 none
	JSON       any    // decoded, without the token; nil if there was none
}

// Pass tells the host what to do with one request of a page's.
type Pass struct {
	Secret    int64      // the token to send, 0 none
	Epoch     int64      // to be given back with what was observed
	Start     int64      // session clock, ms
	Refuse    exact.Code // "" goes out
	Cacheable bool       // nobody else has been signed in: what the HTTP cache holds is this person's
}

// Snapshot is a session as pages see it: whole, so that none is ever missing a
// step, and without a secret.
type Snapshot struct {
	Epoch       int64 // one more with every log-in and every end
	Sequence    int64 // one more with every publication, over all connections
	State       string
	User        string
	Account     string
	AccountType string
	Application string
	Mode        string
	Permissions []string
	Accounts    []string
	Deadline    int64 // wall clock, ms; 0 none
	Remaining   int64 // ms
	CanExtend   bool
	Suspect     bool
	Reason      string // of the last end
	Cause       int64  // the connection whose doing the last change was, 0 none
}

// Problem says why a connection was refused, naming the option.
type Problem struct {
	Code    exact.Code
	Message string
	Option  string
}
