package client

import (
	"exactlogin/wasm/exact"
	"exactlogin/wasm/session"
)

// step takes the machine one step and carries out what follows: requests and
// tokens first, then every page is told, and only then are calls settled, so
// that who asked finds the state as it is. cause is the connection whose doing
// it is, 0 nobody's.
func (c *Client) step(cause int64, event session.Event) {
	now := c.now()
	machine, effects := c.machine.Step(now, event)
	c.machine = machine
	after := c.machine.View(now, 0)
	if c.seen.State != after.State || c.seen.Epoch != after.Epoch || c.seen.Suspect != after.Suspect {
		c.cause = blame(effects, cause)
	}
	c.seen = after

	var settle []func()
	unauthorized := false
	for _, effect := range effects {
		switch e := effect.(type) {
		case session.SendLogin:
			c.sendLogin(e.Attempt)
		case session.Keep:
			c.realm.Keep(int64(e.Secret))
		case session.Began:
			c.began(e)
			settle = append(settle, c.succeed(e.Attempt))
		case session.Ended:
			c.ended(now, e, after)
		case session.LoginRefused:
			settle = append(settle, c.fail(e.Attempt, exact.InProgress))
		case session.LoginAborted:
			code := exact.Aborted
			if e.Reason != "" {
				code = exact.Code(e.Reason.Code())
			}
			settle = append(settle, c.fail(e.Attempt, code))
		case session.LoginDone:
			settle = append(settle, c.fail(e.Attempt, exact.Network))
		case session.Unauthorized:
			unauthorized = true
		case session.Verify:
			c.sendFilled(c.live.verify, request{kind: verify, id: e.ID}, int64(e.Secret))
		case session.KeepAlive:
			c.failure = nil
			c.sendFilled(c.live.keepAlive, request{kind: keepAlive, id: e.ID}, int64(e.Secret))
		case session.ExtendSettled:
			settle = append(settle, c.settleExtends(e))
		}
	}
	_, observed := event.(session.Observed)
	c.tell(now, unauthorized, observed)
	c.rearm(now, !observed)
	for _, f := range settle {
		f()
	}
}

// blame is cause, or nobody where time or the server did it: a page that only
// happened to look did not end the session.
func blame(effects []session.Effect, cause int64) int64 {
	for _, effect := range effects {
		switch e := effect.(type) {
		case session.Unauthorized:
			cause = 0
		case session.Ended:
			if e.Reason != session.ReasonLogout && e.Reason != session.ReasonUserChanged {
				cause = 0
			}
		}
	}
	return cause
}

// began takes over the facts of a session that has begun.
func (c *Client) began(e session.Began) {
	if a := c.attempts[e.Attempt]; a != nil {
		c.facts = a.token
	}
	c.live = c.newest
	if c.signedIn && (c.facts.User == "" || c.facts.User != c.person) {
		c.others = true
	}
	c.signedIn, c.person = true, c.facts.User
}

// ended cuts off what belongs to a session that is over, and tells the server
// if that was asked for. The host takes the token for revoke when it is told to
// send, before Keep makes it forget.
func (c *Client) ended(now int64, e session.Ended, after session.View) {
	for id, r := range c.sent {
		if r.kind == verify || r.kind == keepAlive {
			delete(c.sent, id)
			c.realm.Abort(id)
		}
	}
	if e.Revoke && c.identity.Revoke != nil {
		c.sendFilled(c.identity.Revoke, request{kind: revoke}, int64(e.Secret))
	}
	c.facts = exact.UserToken{}
	if after.Live() {
		c.tellSwitch(now, e)
	}
}

// succeed settles a log-in that signed somebody in.
func (c *Client) succeed(number int) func() {
	a := c.attempts[number]
	delete(c.attempts, number)
	return func() {
		if a != nil {
			c.realm.Settle(a.call, c.Snapshot(a.connection), nil)
		}
	}
}

// fail settles a log-in that signed nobody in, with its own failure if it has
// one, else with code. A request that is under way is aborted.
func (c *Client) fail(number int, code exact.Code) func() {
	a := c.attempts[number]
	delete(c.attempts, number)
	if a == nil {
		return func() {}
	}
	if _, pending := c.sent[a.request]; pending {
		delete(c.sent, a.request)
		c.realm.Abort(a.request)
	}
	err := a.failure
	if err == nil {
		err = exact.Fail("login", code)
	}
	return func() { c.realm.Settle(a.call, Snapshot{}, err) }
}

// settleExtends settles every call of extend that waits.
func (c *Client) settleExtends(e session.ExtendSettled) func() {
	waiting := c.extends
	c.extends = nil
	var err *exact.Error
	switch e.Outcome {
	case session.Extended:
	case session.Failed:
		err = c.failure
		if err == nil {
			err = exact.Fail("extend", exact.ExtendUnavailable)
		}
	case session.Over:
		err = exact.Fail("extend", exact.Code(c.view(0).Reason.Code()))
	default:
		err = exact.Fail("extend", exact.ExtendUnavailable)
	}
	return func() {
		for _, w := range waiting {
			if err != nil {
				c.realm.Settle(w.call, Snapshot{}, err)
			} else {
				c.realm.Settle(w.call, c.Snapshot(w.connection), nil)
			}
		}
	}
}

// rearm sets the timer for the next moment at which the state may change by
// itself. A timer that is set too early does no harm, so that after an
// observation, of which there are many, it is only ever brought forward.
func (c *Client) rearm(now int64, anew bool) {
	warnings := make([]int64, 0, len(c.pages))
	for _, p := range c.pages {
		warnings = append(warnings, p.watch.WarnBefore)
	}
	ms := c.machine.NextWake(now, warnings...)
	switch {
	case ms < 0:
		if c.wakeAt != 0 || anew {
			c.realm.Wake(-1)
		}
		c.wakeAt = 0
	case anew || c.wakeAt == 0 || now+ms < c.wakeAt:
		c.realm.Wake(ms)
		c.wakeAt = now + ms
	}
}
