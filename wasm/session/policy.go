package session

// Policy is the options that limit a session. The zero Policy slides, lives
// DefaultLifetime, and has no other limit. Times in ms; 0 or less = none.
type Policy struct {
	Fixed          bool  // the deadline does not slide (expiry: "fixed")
	Lifetime       int64 // longest lifetime after an accepted call, and the fallback; 0 = DefaultLifetime
	IdleAfter      int64 // ends the session when the person has done nothing for so long
	IdleBackground int64 // refuses background calls when the person has done nothing for longer
	MaxLifetime    int64 // ends the session so long after its log-in
	On401          On401

	ExtendOnActivity bool // presence alone extends, at most once every ExtendEvery
	HasKeepAlive     bool // a keepAlive request is configured
	HasVerify        bool // a verify request is configured
}

// On401 is what a 401 to the current token does beyond raising suspicion.
type On401 string

const (
	On401Verify On401 = "verify" // asks the server, if a verify request is configured; "" is the same
	On401End    On401 = "end"    // ends the session, reason rejected
	On401Ignore On401 = "ignore" // nothing, no suspicion either
)

// Strictest is p with every limit of q that is stricter. What is no limit
// (the requests configured) stays p's.
func (p Policy) Strictest(q Policy) Policy {
	p.Fixed = p.Fixed || q.Fixed
	p.Lifetime = min(p.lifetime(), q.lifetime())
	p.IdleAfter = shorter(p.IdleAfter, q.IdleAfter)
	p.IdleBackground = shorter(p.IdleBackground, q.IdleBackground)
	p.MaxLifetime = shorter(p.MaxLifetime, q.MaxLifetime)
	if q.On401.severity() > p.On401.severity() {
		p.On401 = q.On401
	}
	p.ExtendOnActivity = p.ExtendOnActivity && q.ExtendOnActivity
	return p
}

func (p Policy) lifetime() int64 {
	if p.Lifetime <= 0 {
		return DefaultLifetime
	}
	return p.Lifetime
}

func (o On401) severity() int {
	switch o {
	case On401End:
		return 2
	case On401Ignore:
		return 0
	}
	return 1
}

// shorter is the shorter of two limits, of which 0 or less is none.
func shorter(a, b int64) int64 {
	if a <= 0 || b > 0 && b < a {
		return b
	}
	return a
}
