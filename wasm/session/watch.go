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

	live   bool // it has been seen so
	epoch  int
	warned int64 // the deadline a warning stands for, 0 = none stands
}

// Look looks at m after a Step, or whenever the state may have changed, and
// says what the page is to be told: `expiring` once for each deadline,
// `extended` when that is withdrawn, `expired` when a live session ended by
// time or by the server; too late for a warning, then `expired` alone.
func (w Watch) Look(m Machine, now int64) (Watch, View, Notice) {
	v := m.View(now, w.WarnBefore)
	another := w.epoch != v.Epoch
	n := NoticeNone
	switch {
	case v.State == Expiring && (w.warned == 0 || another):
		n = NoticeExpiring
		w.warned = v.Deadline
	case v.State == Active && w.warned != 0 && (v.Deadline > w.warned || another):
		n = NoticeExtended
		w.warned = 0
	case !v.Live():
		if v.State == Expired && w.live {
			n = NoticeExpired
		}
		w.warned = 0
	}
	w.live, w.epoch = v.Live(), v.Epoch
	return w, v, n
}
