package client

import (
	"exactlogin/wasm/exact"
	"exactlogin/wasm/session"
)

// send sends a request and remembers what it is for.
func (c *Client) send(r Request, what request) int64 {
	c.nextID++
	c.sent[c.nextID] = what
	r.Timeout = requestTimeout
	c.realm.Send(c.nextID, r)
	return c.nextID
}

func (c *Client) sendLogin(number int) {
	a := c.attempts[number]
	if a == nil {
		return
	}
	body := a.login.Body()
	a.request = c.send(Request{
		Method:    "POST",
		URL:       c.identity.Base + exact.TokenPath,
		Headers:   [][2]string{{"Content-Type", "application/json"}, {"Accept", "application/json"}},
		Body:      &body,
		Password:  a.password,
		TakeToken: true,
	}, request{kind: login, attempt: number})
}

// sendFilled sends a configured request for the session. One that does not fit
// the session counts as unanswered.
func (c *Client) sendFilled(t *exact.Template, what request, secret int64) {
	var err error
	r := Request{Authorize: secret, KeepAlive: what.kind == revoke}
	var path string
	if t != nil {
		r.Method, path, r.Body, err = t.Fill(c.facts.Account, c.facts.User)
	}
	if t == nil || err != nil {
		c.answered(what, Answer{Failure: "network"})
		return
	}
	r.URL = c.identity.Base + path
	r.Headers = t.Headers
	if r.Body != nil && !hasHeader(r.Headers, "content-type") {
		r.Headers = append(r.Headers[:len(r.Headers):len(r.Headers)], [2]string{"Content-Type", "application/json"})
	}
	c.send(r, what)
}

// Answered reports the end of a request, and makes the host forget a token
// that came too late.
func (c *Client) Answered(id int64, answer Answer) {
	what, expected := c.sent[id]
	delete(c.sent, id)
	if expected {
		c.answered(what, answer)
	}
	if answer.Secret > 0 {
		if kept := int64(c.view(0).Secret); kept != answer.Secret {
			c.realm.Keep(kept)
		}
	}
}

func (c *Client) answered(what request, answer Answer) {
	switch what.kind {
	case login:
		c.loginAnswered(what.attempt, answer)
	case verify:
		c.step(0, session.VerifyAnswered{ID: what.id, Status: answer.Status})
	case keepAlive:
		c.failure = extendFailure(answer, c.realm.Wall())
		c.step(0, session.KeepAliveAnswered{ID: what.id, Status: answer.Status})
	}
}

func (c *Client) loginAnswered(number int, answer Answer) {
	a := c.attempts[number]
	if a == nil {
		return
	}
	accepted := answer.Status >= 200 && answer.Status <= 299
	if accepted && answer.Secret > 0 {
		a.token = exact.ReadUserToken(answer.JSON)
		c.step(a.connection, session.LoginAnswered{
			Attempt:   number,
			Secret:    int(answer.Secret),
			User:      a.token.User,
			ExpiresAt: a.token.ExpiresAt,
			Date:      answer.Date,
		})
		return
	}
	a.failure = failure("login", answer, c.realm.Wall())
	c.step(a.connection, session.LoginFailed{Attempt: number})
}

// failure makes the error for an answer that is none, or no success.
func failure(phase string, answer Answer, wall int64) *exact.Error {
	if answer.Status == 0 {
		return exact.Unreached(phase, answer.Failure == "timeout", answer.Offline)
	}
	if answer.Date > 0 {
		wall = answer.Date // Retry-After may name a time of the server's
	}
	return exact.Refused(phase, answer.Status, answer.JSON, answer.RetryAfter, wall)
}

// extendFailure makes the error for a keep-alive: a refusal says nothing of
// passwords there.
func extendFailure(answer Answer, wall int64) *exact.Error {
	e := failure("extend", answer, wall)
	if answer.Status != 0 && e.Code != exact.RateLimited && e.Code != exact.Unavailable {
		e = exact.Fail("extend", exact.ExtendUnavailable)
		e.Status = answer.Status
	}
	return e
}

func hasHeader(headers [][2]string, name string) bool {
	for _, h := range headers {
		if exact.EqualName(h[0], name) {
			return true
		}
	}
	return false
}
