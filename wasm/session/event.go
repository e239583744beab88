package session

// Event is one thing that happened; see [Machine.Step].
type Event interface{ event() }

type (
	// Configured: a page brought its policy. A live session takes over what is
	// stricter in it at once, the next log-in takes all of it.
	Configured struct{ Policy Policy }

	// LoginStarted: a person asked to be signed in. Answered by the effect
	// SendLogin, or LoginRefused where another attempt is under way.
	LoginStarted struct {
		Attempt int   // unique, greater than 0
		Wall    int64 // wall time of this moment
	}
	// LoginAnswered: the server accepted the attempt and gave a token.
	LoginAnswered struct {
		Attempt int
		Secret  int    // handle of the token, greater than 0
		User    string // whom it belongs to, compared only; "" unknown (then taken for another person)
		// Wall times as the answer says them; 0 = missing or unreadable.
		ExpiresAt, Date int64
	}
	// LoginFailed: refused, unreachable, unreadable, timed out.
	LoginFailed struct{ Attempt int }
	// LoginCanceled: the caller no longer wants it.
	LoginCanceled struct{ Attempt int }

	// RestoreStarted: a stored session is being looked for.
	RestoreStarted struct{}
	// Restored: it was found. Dropped if anything else happened meanwhile.
	Restored struct {
		Secret int
		Record Record
		Wall   int64 // wall time of this moment
	}
	// RestoreFailed: there is none, or it cannot be read.
	RestoreFailed struct{}

	// Observed: a request that [Machine.Decide] let pass was answered.
	Observed struct {
		Epoch, Secret int   // from Pass
		Start         int64 // from Pass
		Status        int   // 0 = no answer
		Slides        bool  // the answer is the API's own and surely came over the network; others count for nothing, a 401 neither
	}

	// Extend: somebody asked for more time. Answered by exactly one
	// ExtendSettled for all that asked meanwhile.
	Extend struct{}
	// KeepAliveAnswered: the answer to the effect KeepAlive; Status 0 = none.
	KeepAliveAnswered struct{ ID, Status int }
	// VerifyAnswered: the answer to the effect Verify; Status 0 = none.
	VerifyAnswered struct{ ID, Status int }

	// Present: the person did something in some tab.
	Present struct{}
	// End: somebody ends the session: logout, updated, last-tab-closed,
	// worker-crashed. A log-in under way is superseded.
	End struct{ Reason Reason }
	// Look: time passed.
	Look struct{}
)

func (Configured) event()        {}
func (LoginStarted) event()      {}
func (LoginAnswered) event()     {}
func (LoginFailed) event()       {}
func (LoginCanceled) event()     {}
func (RestoreStarted) event()    {}
func (Restored) event()          {}
func (RestoreFailed) event()     {}
func (Observed) event()          {}
func (Extend) event()            {}
func (KeepAliveAnswered) event() {}
func (VerifyAnswered) event()    {}
func (Present) event()           {}
func (End) event()               {}
func (Look) event()              {}
