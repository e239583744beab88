// Package session is the session of a signed-in person as one pure machine:
// it is told what happened and when, and answers with what is to be done.
//
//	                 LoginStarted … LoginAnswered / RestoreStarted … Restored
//	   ┌───────────────────────────────────────────────────────────────┐
//	   │                                                               ▼
//	┌──┴───────┐ RestoreStarted ┌───────────┐                  ┌───────────────┐ accepted call,
//	│signed-out├───────────────►│ restoring ├─────────────────►│    active     │◄─ presence: the
//	│  (zero)  │◄───────────────┤           │     Restored     └──┬─────────▲──┘  deadline slides
//	└────▲─────┘  RestoreFailed └───────────┘    lead before the  │         │
//	     │                                       deadline         ▼         │ slides out of the lead
//	     │ logout, user-changed, updated,                      ┌────────────┴──┐
//	     ├─────────────────────────────────────────────────────┤   expiring    │
//	     │ last-tab-closed, worker-crashed (from active too)   └──┬────────────┘
//	     │                                                        │ expired, idle, max-lifetime,
//	     │ End                                                    ▼ rejected (from active too)
//	     │                                                     ┌───────────────┐
//	     └─────────────────────────────────────────────────────┤    expired    │── LoginAnswered ──► active
//	                                                           └───────────────┘
//
// Beside the state a session may be suspect: the server answered 401, which
// may mean that the token is dead or that a permission is missing. Suspicion
// ends with the next accepted call, or with the session.
//
// A log-in may be under way in any state, and changes nothing until it is
// answered. The answer to an attempt that was superseded by End or canceled is
// dropped.
//
// All times are int64 milliseconds of the session clock (see [Clock]) unless
// they are called wall times, which are milliseconds since 1970. Secrets are
// handles, numbers greater than 0: no token ever enters this package.
package session

// Times in ms.
const (
	// DefaultLifetime is how long a token lives after the last accepted call
	// where neither the answer nor the options say: 2 hours, Exact's documents.
	DefaultLifetime = 2 * 60 * 60 * 1000
	// Grace is how much earlier than the server's the local end comes, so that
	// no request is under way when the token dies. A lifetime under 10 s has
	// half of itself as its grace.
	Grace = 5 * 1000
	// LongestWake is the longest time NextWake answers: a longer timer would
	// sleep through a machine's sleep.
	LongestWake = 30 * 1000
	// ExtendEvery is the shortest time between two calls that presence alone
	// causes (Policy.ExtendOnActivity).
	ExtendEvery = 60 * 1000
	// VerifyFirst and VerifyMost bound the wait between two verify calls; it
	// doubles from one to the other.
	VerifyFirst = 1000
	VerifyMost  = 5 * 60 * 1000
)

// State is what a page shows.
type State string

const (
	SignedOut State = "signed-out"
	Restoring State = "restoring"
	Active    State = "active"
	Expiring  State = "expiring"
	Expired   State = "expired"
)

// Reason says why the last session ended; "" where none has.
type Reason string

const (
	ReasonLogout        Reason = "logout"
	ReasonIdle          Reason = "idle"
	ReasonMaxLifetime   Reason = "max-lifetime"
	ReasonExpired       Reason = "expired"
	ReasonRejected      Reason = "rejected"
	ReasonUserChanged   Reason = "user-changed"
	ReasonUpdated       Reason = "updated"
	ReasonLastTabClosed Reason = "last-tab-closed"
	ReasonWorkerCrashed Reason = "worker-crashed"
)

// State is what a session that ended for r is shown as: Expired where time or
// the server ended it and the same person may want to sign in again, else
// SignedOut.
func (r Reason) State() State {
	switch r {
	case ReasonExpired, ReasonIdle, ReasonMaxLifetime, ReasonRejected:
		return Expired
	}
	return SignedOut
}

// Code is the error code of requests refused, or cut off, because a session
// ended for r: signed-out, session-expired, user-changed or idle.
func (r Reason) Code() string {
	switch r {
	case ReasonIdle:
		return CodeIdle
	case ReasonUserChanged:
		return CodeUserChanged
	case ReasonExpired, ReasonMaxLifetime, ReasonRejected:
		return CodeSessionExpired
	}
	return CodeSignedOut
}

// Error codes of refusals.
const (
	CodeSignedOut      = "signed-out"
	CodeSessionExpired = "session-expired"
	CodeUserChanged    = "user-changed"
	CodeIdle           = "idle"
)
