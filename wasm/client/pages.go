package client

import (
	"slices"

	"exactlogin/wasm/session"
)

// page is one connection, with what it has been told.
type page struct {
	connection int64
	watch      session.Watch
	told       Snapshot
	due        int64 // the deadline it was told, session ms
	offset     int64 // wall clock minus session clock when it was told, ms
}

// eventChange and eventUnauthorized are the events that are no Notice of a
// Watch's.
const (
	eventChange       = "change"
	eventUnauthorized = "unauthorized"
)

// clockJump is by how much the wall clock must be set before a deadline that
// was told in wall time is told again, in ms.
const clockJump = 1000

// welcome tells a new page the state, and the warning if it is due already.
func (c *Client) welcome(p *page, now int64) {
	watch, view, notice := p.watch.Look(c.machine, now)
	p.watch = watch
	c.publish(p, view, now, "")
	if notice != session.NoticeNone {
		c.publish(p, view, now, string(notice))
	}
}

// tell tells every page what has changed for it. After an observation, a
// deadline that slid by less than a second, or a twentieth of what was left,
// is not worth a message to every tab.
func (c *Client) tell(now int64, unauthorized, observed bool) {
	offset := c.wall - now
	for _, p := range slices.Clone(c.pages) {
		watch, view, notice := p.watch.Look(c.machine, now)
		p.watch = watch
		if changed(p.told, c.look(view)) {
			c.publish(p, view, now, eventChange)
		} else if moved := abs(view.Deadline - p.due); view.Live() &&
			(moved > 0 && (!observed || moved >= min(1000, view.Remaining/20)) || abs(offset-p.offset) >= clockJump) {
			c.publish(p, view, now, "")
		}
		if notice != session.NoticeNone {
			c.publish(p, view, now, string(notice))
		}
		if unauthorized {
			c.publish(p, view, now, eventUnauthorized)
		}
	}
}

// tellSwitch tells every page that a session ended, before it is told of the
// one that began in the same step: the machine is past it already.
func (c *Client) tellSwitch(now int64, e session.Ended) {
	between := session.View{State: e.Reason.State(), Epoch: e.Epoch + 1, Reason: e.Reason}
	for _, p := range slices.Clone(c.pages) {
		p.watch = session.Watch{WarnBefore: p.watch.WarnBefore}
		c.publish(p, between, now, eventChange)
		if between.State == session.Expired {
			c.publish(p, between, now, string(session.NoticeExpired))
		}
	}
}

func (c *Client) publish(p *page, view session.View, now int64, event string) {
	p.told = c.snapshot(view)
	p.due = view.Deadline
	p.offset = c.wall - now
	c.realm.Publish(p.connection, p.told, event)
}

// snapshot is look with the next sequence number.
func (c *Client) snapshot(view session.View) Snapshot {
	c.sequence++
	s := c.look(view)
	s.Sequence = c.sequence
	return s
}

// look is the session as pages see it. Who it is of is told while it lives.
func (c *Client) look(view session.View) Snapshot {
	s := Snapshot{
		Epoch:   int64(view.Epoch),
		State:   string(view.State),
		Suspect: view.Suspect,
		Reason:  string(view.Reason),
		Cause:   c.cause,
	}
	if !view.Live() {
		return s
	}
	s.User = c.facts.User
	s.Account = c.facts.Account
	s.AccountType = c.facts.AccountType
	s.Application = c.facts.Application
	s.Mode = c.facts.Mode
	s.Permissions = c.facts.Permissions
	s.Accounts = c.facts.Accounts
	s.Remaining = view.Remaining
	s.Deadline = c.wall + view.Remaining
	s.CanExtend = view.Extendable && c.fillable(c.live.keepAlive)
	return s
}

// changed reports whether a page has reason to be told: everything counts but
// time, and who was the cause of nothing.
func changed(a, b Snapshot) bool {
	return a.Epoch != b.Epoch || a.State != b.State || a.Suspect != b.Suspect || a.Reason != b.Reason || a.CanExtend != b.CanExtend ||
		a.User != b.User || a.Account != b.Account || a.AccountType != b.AccountType ||
		a.Application != b.Application || a.Mode != b.Mode ||
		!slices.Equal(a.Permissions, b.Permissions) || !slices.Equal(a.Accounts, b.Accounts)
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
