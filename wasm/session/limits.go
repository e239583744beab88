package session

// Lifetime is how long a token lives after an accepted call, in ms: expiresAt
// less the answer's Date where that is readable, else expiresAt less our own
// time of the answer, start plus elapsed; longest where neither makes sense,
// and never more than it. expiresAt, date and start (of the log-in) are wall
// times, 0 = missing or unreadable; elapsed is what the session clock has
// counted since start.
//
// Whether our own clock makes sense is judged at the start, since a machine
// may have slept before the answer. The start alone as our time would add the
// way of the request to the lifetime: calls that travel faster than the log-in
// did would slide the deadline past the server's. Date is cut to whole seconds
// (RFC 9110, 5.6.7), so the result may be up to 1 s long, which Grace covers.
func Lifetime(expiresAt, date, start, elapsed, longest int64) int64 {
	switch {
	case !isTime(expiresAt):
		return longest
	case isTime(date) && expiresAt > date:
		return min(expiresAt-date, longest)
	case isTime(start) && expiresAt > start:
		return min(max(expiresAt-start-elapsed, 1), longest)
	}
	return longest
}

// isTime reports whether wall is one of JavaScript's times after 1970.
func isTime(wall int64) bool { return wall > 0 && wall <= 8.64e15 }

// span is how long the token lives after an accepted call.
func (l live) span() int64 { return min(l.lifetime, l.policy.lifetime()) }

// deadline is when the session ends here, and for what: the earliest limit.
func (l live) deadline() (int64, Reason) {
	from := l.slid
	if l.policy.Fixed {
		from = l.begun
	}
	span := l.span()
	at, reason := after(from, span)-min(Grace, span/2), ReasonExpired
	if d := after(l.seen, l.policy.IdleAfter); l.policy.IdleAfter > 0 && d < at {
		at, reason = d, ReasonIdle
	}
	if d := after(l.begun, l.policy.MaxLifetime); l.policy.MaxLifetime > 0 && d < at {
		at, reason = d, ReasonMaxLifetime
	}
	return at, reason
}

// after is t plus d, where d may be as hostile as a page's options are.
func after(t, d int64) int64 { return t + min(d, endless) }

// endless is as good as no limit, and far from overflow.
const endless = 1 << 53

// lead is how long before the deadline a warning is due: half the shortest
// limit at most, so that nobody is warned from the start.
func (l live) lead(warnBefore int64) int64 {
	shortest := shorter(shorter(l.span(), l.policy.IdleAfter), l.policy.MaxLifetime)
	return min(warnBefore, min(shortest, endless)/2)
}

// extendable reports whether a keepAlive call would do any good: one is
// configured, the deadline slides, and the longest life of a session does not
// come first anyway.
func (l live) extendable() bool {
	l.policy.IdleAfter = 0 // presence moves that one
	_, reason := l.deadline()
	return l.policy.HasKeepAlive && !l.policy.Fixed && reason == ReasonExpired
}
