package session

// Record is what a store keeps of a live session beside the token. Begun, Slid
// and Seen are wall times; the session clock starts anew with each program.
type Record struct {
	User     string
	Begun    int64 // start of the log-in
	Slid     int64 // start of the last accepted call
	Seen     int64 // last presence
	Lifetime int64 // ms
	Policy   Policy
}

// Record is the live session's at the moment that is now and wall; false where
// there is none.
func (m Machine) Record(now, wall int64) (Record, bool) {
	l := m.at(now).live
	if l.secret == 0 {
		return Record{}, false
	}
	d := wall - now
	return Record{
		User: l.user, Begun: l.begun + d, Slid: l.slid + d, Seen: l.seen + d,
		Lifetime: l.lifetime, Policy: l.policy,
	}, true
}

// possible reports whether r can have been written before wall. Times to come
// mean that the clock was set back since: nobody knows how old r is.
func (r Record) possible(wall int64) bool {
	return r.Begun > 0 && r.Begun <= r.Slid && r.Begun <= r.Seen &&
		max(r.Slid, r.Seen) <= wall && isTime(wall) && r.Lifetime > 0
}

func (s *step) restored(e Restored) {
	if !s.restoring || e.Secret <= 0 || !e.Record.possible(e.Wall) {
		s.restoring = false
		s.do(Keep{s.live.secret})
		return
	}
	r, d := e.Record, s.now-e.Wall
	s.begin(live{
		secret: e.Secret, user: r.User, policy: r.Policy.Strictest(s.next), lifetime: r.Lifetime,
		begun: r.Begun + d, slid: r.Slid + d, seen: r.Seen + d,
	})
	began := s.epoch
	s.judge()
	if s.live.secret != 0 { // else it died while nobody looked, and has ended for its own reason
		s.do(Keep{e.Secret})
		s.do(Began{Epoch: began})
	}
}
