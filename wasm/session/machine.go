package session

// Machine is the session. The zero Machine is signed out and ready. It is a
// value: Step leaves it as it was and returns the next one.
type Machine struct {
	next Policy // for the next log-in: the newest page's

	attempt              int // log-in under way, 0 = none
	attemptAt, attemptOn int64
	restoring            bool

	live    live // zero where nobody is signed in
	epoch   int
	reason  Reason // of the last end
	expired bool   // that end is to be shown as such
	ids     int    // given to requests so far
}

// live is what is known of a session while it lives.
type live struct {
	secret   int
	user     string
	policy   Policy
	lifetime int64 // of this token, as the log-in said
	begun    int64 // start of the log-in
	slid     int64 // start of the last call the server accepted
	seen     int64 // last presence

	suspect   bool
	suspected int64 // since when
	cleared   int64 // start of the call that last proved the token good

	verify, keepAlive     int // ids of the requests under way, 0 = none
	verifyAt, keepAliveAt int64
	verifyWait            int64 // from verifyAt until the next may start, 0 = there was none
	extending             bool  // somebody waits for the keepAlive
}

// Step says what becomes of m when e happens at now, and what is to be done
// about it. A limit that has passed by now ends the session before e is looked
// at. now never goes back (see [Clock]).
func (m Machine) Step(now int64, e Event) (Machine, []Effect) {
	s := step{Machine: m, now: now}
	s.judge()
	switch e := e.(type) {
	case Configured:
		s.next = e.Policy
		if s.live.secret != 0 {
			s.live.policy = s.live.policy.Strictest(e.Policy)
			s.judge()
		}
	case LoginStarted:
		s.loginStarted(e)
	case LoginAnswered:
		s.loginAnswered(e)
	case LoginFailed:
		if s.attempt == e.Attempt && e.Attempt != 0 {
			s.attempt = 0
			s.do(LoginDone(e))
		}
	case LoginCanceled:
		if s.attempt == e.Attempt {
			s.abortLogin("")
		}
	case RestoreStarted:
		s.restoring = s.live.secret == 0 && s.attempt == 0
	case Restored:
		s.restored(e)
	case RestoreFailed:
		s.restoring = false
	case Observed:
		if e.Epoch == s.epoch && e.Secret == s.live.secret && s.live.secret != 0 && e.Slides {
			s.answered(min(e.Start, now), e.Status)
		}
	case Extend:
		s.extend()
	case KeepAliveAnswered:
		s.keepAliveAnswered(e)
	case VerifyAnswered:
		s.verifyAnswered(e)
	case Present:
		s.present()
	case End:
		s.ended(e.Reason)
	}
	s.askServer()
	return s.Machine, s.effects
}

// step is one Step on its way.
type step struct {
	Machine
	now     int64
	effects []Effect
}

func (s *step) do(e Effect) { s.effects = append(s.effects, e) }

// judge ends a session one of whose limits has passed.
func (s *step) judge() {
	if at, reason := s.live.deadline(); s.live.secret != 0 && s.now >= at {
		s.end(reason)
		s.do(Keep{})
	}
}

// end ends the live session. The caller says which token to keep.
func (s *step) end(reason Reason) {
	was := s.live
	s.do(Ended{
		Reason: reason, Epoch: s.epoch, Secret: was.secret,
		Revoke: reason != ReasonExpired && reason != ReasonRejected,
	})
	s.live = live{}
	s.epoch++
	s.reason = reason
	s.expired = reason.State() == Expired
	if was.extending {
		s.do(ExtendSettled{Outcome: Over})
	}
}

// begin makes l the live session.
func (s *step) begin(l live) {
	s.live = l
	s.epoch++
	s.reason, s.expired, s.restoring = "", false, false
}

// ended is End: whatever there is, is no more.
func (s *step) ended(reason Reason) {
	s.restoring, s.expired = false, false
	s.abortLogin(reason)
	switch {
	case s.live.secret != 0:
		s.end(reason)
	case reason == ReasonWorkerCrashed:
		// The session was that of the program this one replaces.
		s.reason = reason
		s.epoch++
	}
	s.do(Keep{})
}

func (s *step) loginStarted(e LoginStarted) {
	if s.attempt != 0 || e.Attempt <= 0 {
		s.do(LoginRefused{e.Attempt})
		return
	}
	s.attempt, s.attemptAt, s.attemptOn = e.Attempt, s.now, e.Wall
	s.do(SendLogin{e.Attempt})
}

func (s *step) abortLogin(reason Reason) {
	if s.attempt != 0 {
		s.do(LoginAborted{s.attempt, reason})
		s.attempt = 0
	}
}

func (s *step) loginAnswered(e LoginAnswered) {
	if s.attempt != e.Attempt || e.Attempt == 0 {
		s.do(Keep{s.live.secret}) // superseded: its token is nobody's
		return
	}
	s.attempt = 0
	if e.Secret <= 0 {
		s.do(LoginDone{Attempt: e.Attempt})
		return
	}
	was := s.live
	renewed := was.secret != 0 && was.user == e.User && e.User != ""
	if was.secret != 0 && !renewed {
		s.end(ReasonUserChanged)
	}
	s.begin(live{
		secret: e.Secret, user: e.User, policy: s.next,
		lifetime: Lifetime(e.ExpiresAt, e.Date, s.attemptOn, s.now-s.attemptAt, s.next.lifetime()),
		begun:    s.attemptAt, slid: s.attemptAt,
		seen: s.now, // who waits for a log-in is there
	})
	s.do(Keep{e.Secret})
	s.do(Began{Attempt: e.Attempt, Epoch: s.epoch, Renewed: renewed})
	if renewed && was.extending {
		s.do(ExtendSettled{Outcome: Extended})
	}
}

// answered is an answer of the API's own to a call with the current token.
func (s *step) answered(start int64, status int) {
	switch {
	case accepted(status):
		s.accepted(start)
	case status == 401 && s.live.policy.On401 != On401Ignore:
		s.unauthorized(start)
	}
}

// accepted reports whether the server took the token: 2xx, or 304.
func accepted(status int) bool { return status >= 200 && status < 300 || status == 304 }

func (s *step) accepted(start int64) {
	s.live.slid = max(s.live.slid, start)
	// A call from before the 401 may have been accepted before the token died.
	if s.live.suspect && start >= s.live.suspected {
		s.live.suspect, s.live.cleared = false, start
	}
}

func (s *step) unauthorized(start int64) {
	switch {
	case s.live.policy.On401 == On401End:
		s.end(ReasonRejected)
		s.do(Keep{})
	case !s.live.suspect && start >= s.live.cleared: // else that question has been settled
		s.live.suspect, s.live.suspected = true, s.now
		s.do(Unauthorized{})
	}
}

// askServer sends a verify request where one is due.
func (s *step) askServer() {
	l := &s.live
	if !l.doubtful() || s.now < l.verifyAt+l.verifyWait {
		return
	}
	if s.now-l.verifyAt >= 2*VerifyMost {
		l.verifyWait = 0 // long quiet: patience anew
	}
	s.ids++
	l.verify, l.verifyAt = s.ids, s.now
	l.verifyWait = min(max(VerifyFirst, 2*l.verifyWait), VerifyMost)
	s.do(Verify{l.verify, l.secret})
}

// doubtful reports whether the server is to be asked as soon as it may be.
func (l live) doubtful() bool {
	asks := l.policy.HasVerify && l.policy.On401.severity() == On401Verify.severity()
	return l.suspect && asks && l.verify == 0
}

func (s *step) verifyAnswered(e VerifyAnswered) {
	if s.live.verify != e.ID || e.ID == 0 {
		return
	}
	s.live.verify = 0
	switch {
	case accepted(e.Status):
		s.accepted(s.live.verifyAt)
	case e.Status == 401:
		s.end(ReasonRejected)
		s.do(Keep{})
	}
}

func (s *step) extend() {
	switch {
	case s.live.secret == 0:
		s.do(ExtendSettled{Outcome: Over})
	case s.live.extending:
		// settles with the ones that wait
	case !s.live.extendable():
		s.do(ExtendSettled{Outcome: Unavailable})
	default:
		s.live.extending = true
		s.sendKeepAlive()
	}
}

func (s *step) sendKeepAlive() {
	if s.live.keepAlive != 0 {
		return
	}
	s.ids++
	s.live.keepAlive, s.live.keepAliveAt = s.ids, s.now
	s.do(KeepAlive{s.ids, s.live.secret})
}

func (s *step) keepAliveAnswered(e KeepAliveAnswered) {
	if s.live.keepAlive != e.ID || e.ID == 0 {
		return
	}
	s.live.keepAlive = 0
	s.answered(s.live.keepAliveAt, e.Status)
	if !s.live.extending { // nobody waits, or the answer ended the session and end has settled it
		return
	}
	s.live.extending = false
	if accepted(e.Status) {
		s.do(ExtendSettled{Outcome: Extended})
	} else {
		s.do(ExtendSettled{Outcome: Failed, Status: e.Status})
	}
}

func (s *step) present() {
	l := &s.live
	if l.secret == 0 {
		return
	}
	l.seen = s.now
	if l.policy.ExtendOnActivity && l.extendable() && s.now-max(l.slid, l.keepAliveAt) >= ExtendEvery {
		s.sendKeepAlive()
	}
}
