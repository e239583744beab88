package session

// Notice is an event one page is told of.
type Notice string

const (
	NoticeNone     Notice = ""
	NoticeExpiring Notice = "expiring"
	NoticeExtended Notice = "extended"
	NoticeExpired  Notice = "expired"
)

// Watch is what one connected page has been told. The zero Watch has been told
// nothing and warns never; set WarnBefore first.
type Watch struct {
	WarnBefore int64 // ms, the page's own

	state State
	epoch int
}

// Look looks at m after a Step, or whenever the state may have changed, and
// says what the page is to be told: `expiring` once for each deadline,
// `extended` when that is withdrawn, `expired` when a live session ended by
// time or by the server; too late for a warning, then `expired` alone.
func (w Watch) Look(m Machine, now int64) (Watch, View, Notice) {
	v := m.View(now, w.WarnBefore)
	n := NoticeNone
	switch {
	case v.State == Expiring && (w.state != Expiring || w.epoch != v.Epoch):
		n = NoticeExpiring
	case v.State == Active && w.state == Expiring:
		n = NoticeExtended
	case v.State == Expired && (w.state == Active || w.state == Expiring):
		n = NoticeExpired
	}
	w.state, w.epoch = v.State, v.Epoch
	return w, v, n
}
