package session

// Machine is the session. The zero Machine is signed out and ready. It is a
// value: Step leaves it as it was and returns the next one.
type Machine struct {
	next Policy // for the next log-in: the newest page's
}

// Step says what becomes of m when e happens at now, and what is to be done
// about it. A limit that has passed by now ends the session before e is looked
// at. now never goes back (see [Clock]).
func (m Machine) Step(now int64, e Event) (Machine, []Effect) {
	return m, nil
}

// View is what is to be seen of the session at one moment.
type View struct {
	State      State
	Epoch      int    // +1 with every beginning and every end
	Secret     int    // of the live session, else 0
	Deadline   int64  // session ms of the local end, the earliest of all limits; only where live
	Remaining  int64  // ms until then, greater than 0 where live, else 0
	Extendable bool   // a keepAlive call would move the server's deadline
	Suspect    bool   // the server answered 401 and nothing has settled why
	Reason     Reason // why the last session ended, where none is live
}

// Live reports whether somebody is signed in.
func (v View) Live() bool { return v.State == Active || v.State == Expiring }

// View is the one function that decides the state. A warning is due
// warnBefore ms ahead of the deadline, and never earlier than half the
// shortest limit ahead of it; 0 = no warning.
func (m Machine) View(now, warnBefore int64) View {
	return View{State: SignedOut}
}

// NextWake is after how many ms the machine must be looked at again (Step with
// Look, then each Watch): at most LongestWake, -1 = not before the next event.
// warnBefore is those of all watches.
func (m Machine) NextWake(now int64, warnBefore ...int64) int64 { return -1 }

// Pass is the decision on one request.
type Pass struct {
	Secret, Epoch int
	Start         int64  // to be handed back in Observed
	Refuse        string // "" or an error code
}

// Decide says whether a request may go out with the session's token. It is no
// event: it changes nothing, and needs no Step before it.
func (m Machine) Decide(now int64, background bool) Pass {
	return Pass{Refuse: CodeSignedOut}
}

// Record is what a store keeps of a live session beside the token. Wall times.
type Record struct {
	User              string
	Begun, Slid, Seen int64 // start of the log-in, of the last accepted call; last presence
	Lifetime          int64 // ms
	Policy            Policy
}

// Record is the live session's; false where there is none.
func (m Machine) Record(now, wall int64) (Record, bool) { return Record{}, false }
