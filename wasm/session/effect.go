package session

// Effect is one thing to be done, in the order of the slice [Machine.Step]
// returns; the machine is already in its new state when it is.
type Effect interface{ effect() }

type (
	// SendLogin: send the log-in request of this attempt, once.
	SendLogin struct{ Attempt int }
	// LoginRefused: settle the attempt with `in-progress`; nothing is sent.
	LoginRefused struct{ Attempt int }
	// LoginAborted: the attempt is superseded by Reason ("" = the caller's own
	// cancellation): abort its request and settle it.
	LoginAborted struct {
		Attempt int
		Reason  Reason
	}
	// LoginDone: the attempt failed; settle it with its error. (A successful
	// one has Began.)
	LoginDone struct{ Attempt int }

	// Keep: from now on this is the only token there may be; every other is
	// forgotten. 0 forgets all. Comes after Ended, so that a revoke request can
	// still take the former token with it.
	Keep struct{ Secret int }

	// Began: a session began, and the attempt (0 = restored) has succeeded.
	// Renewed: it took the place of a live one of the same person, which did
	// not end: what is under way there goes on.
	Began struct {
		Attempt, Epoch int
		Renewed        bool
	}
	// Ended: the session Secret belonged to ended; the epoch after it is
	// Epoch+1. Pages are told before anything that Began in the same step (then
	// View shows the new session already). Everything of Epoch still under way
	// is cut off with Reason.Code(), verify and keep-alive too. Revoke: the token still lives at the server, and a configured revoke
	// request is in order.
	Ended struct {
		Reason        Reason
		Epoch, Secret int // of the session that ended
		Revoke        bool
	}

	// Unauthorized: tell the pages of a 401 for the current token; once in each
	// period of suspicion.
	Unauthorized struct{}
	// Verify: send the verify request; VerifyAnswered follows.
	Verify struct{ ID, Secret int }
	// KeepAlive: send the keepAlive request; KeepAliveAnswered follows.
	KeepAlive struct{ ID, Secret int }
	// ExtendSettled: settle every pending Extend.
	ExtendSettled struct {
		Outcome Outcome
		Status  int // of a Failed keep-alive, 0 = no answer
	}
)

// Outcome of an extension.
type Outcome string

const (
	Extended    Outcome = "extended"
	Failed      Outcome = "failed"      // the call was made and not accepted
	Unavailable Outcome = "unavailable" // no keepAlive, or it could not move the deadline
	Over        Outcome = "over"        // no session, or it ended meanwhile: see View.Reason
)

func (SendLogin) effect()     {}
func (LoginRefused) effect()  {}
func (LoginAborted) effect()  {}
func (LoginDone) effect()     {}
func (Keep) effect()          {}
func (Began) effect()         {}
func (Ended) effect()         {}
func (Unauthorized) effect()  {}
func (Verify) effect()        {}
func (KeepAlive) effect()     {}
func (ExtendSettled) effect() {}
