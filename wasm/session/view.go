package session

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
	m = m.at(now)
	v := View{State: SignedOut, Epoch: m.epoch, Reason: m.reason}
	switch {
	case m.live.secret != 0:
		v.Secret = m.live.secret
		v.Deadline, _ = m.live.deadline()
		v.Remaining = v.Deadline - now
		v.Extendable = m.live.extendable()
		v.Suspect = m.live.suspect
		v.State = Active
		if v.Remaining <= m.live.lead(warnBefore) {
			v.State = Expiring
		}
	case m.restoring:
		v.State = Restoring
	case m.expired:
		v.State = Expired
	}
	return v
}

// at is m as time alone has made it by now.
func (m Machine) at(now int64) Machine {
	s := step{Machine: m, now: now}
	s.judge()
	return s.Machine
}

// NextWake is after how many ms the machine must be looked at again (Step with
// Look, then each Watch): at most LongestWake, -1 = not before the next event.
// warnBefore is those of all watches.
func (m Machine) NextWake(now int64, warnBefore ...int64) int64 {
	if m.live.secret == 0 {
		return -1
	}
	deadline, _ := m.live.deadline()
	left := deadline - now
	wake := min(left, LongestWake)
	for _, w := range warnBefore {
		if until := left - m.live.lead(w); until > 0 {
			wake = min(wake, until)
		}
	}
	if m.live.doubtful() {
		wake = min(wake, m.live.verifyAt+m.live.verifyWait-now)
	}
	return max(wake, 0)
}

// Pass is the decision on one request.
type Pass struct {
	Secret, Epoch int
	Start         int64  // to be handed back in Observed
	Refuse        string // "" or an error code
}

// Decide says whether a request may go out with the session's token. It is no
// event: it changes nothing, and needs no Step before it. A background request
// is refused once the person has been idle for longer than IdleBackground.
func (m Machine) Decide(now int64, background bool) Pass {
	m = m.at(now)
	p := Pass{Epoch: m.epoch, Start: now}
	l := m.live
	switch {
	case l.secret == 0 && m.expired:
		p.Refuse = m.reason.Code()
	case l.secret == 0:
		p.Refuse = CodeSignedOut
	case background && l.policy.IdleBackground > 0 && now-l.seen > l.policy.IdleBackground:
		p.Refuse = CodeIdle
	default:
		p.Secret = l.secret
	}
	return p
}
