package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

const (
	renewEarly   = 60 * time.Second // ask again this long before the end …
	shortest     = 2                // … or at 1/shortest of a short life
	renewPause   = 30 * time.Second // between two new tokens for refused ones
	firstBackoff = time.Second
	lastBackoff  = time.Minute
	// A wrong secret does not get right by asking, and partners lock clients.
	refusedBackoff = 30 * time.Second
)

// tokens keeps one partner's token. However many callers want it, one request
// for a new one is under way at a time. oauth2.ReuseTokenSource would do as
// much, but its callers would each ask in turn while the endpoint is down, wait
// without a context, and could not tell that a token was refused.
type tokens struct {
	source oauth2.TokenSource
	now    func() time.Time
	note   func(error, time.Duration) // told of every request's end

	flight singleflight.Group

	mu        sync.Mutex
	token     *oauth2.Token
	renewAt   time.Time
	renewedAt time.Time // when last a refused token was thrown away
	failures  int       // since the last success
	retryAt   time.Time // not before, after a failure
	failure   *problem  // the last one
	failedAt  time.Time
}

// get returns a usable token. Its errors are *problem, or ctx's.
func (t *tokens) get(ctx context.Context) (*oauth2.Token, error) {
	t.mu.Lock()
	token := t.fresh()
	t.mu.Unlock()
	if token != nil {
		return token, nil
	}
	arrival := t.flight.DoChan("", func() (any, error) { return t.renew() })
	select {
	case result := <-arrival:
		token, _ := result.Val.(*oauth2.Token)
		return token, result.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// fresh is the token if it need not be renewed yet.
func (t *tokens) fresh() *oauth2.Token {
	if t.token != nil && t.now().Before(t.renewAt) {
		return t.token
	}
	return nil
}

// valid is the token if it has not ended, though its renewal may be due.
func (t *tokens) valid() *oauth2.Token {
	if t.token != nil && t.now().Before(t.token.Expiry) {
		return t.token
	}
	return nil
}

// renew asks for a new token. While the endpoint fails, the old token serves to
// its end, and further requests wait longer and longer.
func (t *tokens) renew() (*oauth2.Token, error) {
	t.mu.Lock()
	// A flight may have ended between a caller's look and its own take-off.
	if token := t.fresh(); token != nil {
		t.mu.Unlock()
		return token, nil
	}
	if wait := t.retryAt.Sub(t.now()); wait > 0 {
		defer t.mu.Unlock()
		if token := t.valid(); token != nil {
			return token, nil
		}
		again := *t.failure
		again.retryAfter = wait
		return nil, &again
	}
	t.mu.Unlock()

	start := t.now()
	token, err := t.source.Token()
	now := t.now()
	t.note(err, now.Sub(start))

	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.failed(err, now)
		if token := t.valid(); token != nil {
			return token, nil
		}
		return nil, t.failure
	}
	life := token.Expiry.Sub(start)
	t.token, t.renewAt = token, token.Expiry.Add(-min(renewEarly, life/shortest))
	t.failures, t.retryAt = 0, time.Time{}
	return token, nil
}

func (t *tokens) failed(err error, now time.Time) {
	var p *problem
	if !errors.As(err, &p) {
		p = refuse(http.StatusBadGateway, "token-unavailable", "the partner's token cannot be had")
	}
	wait := firstBackoff << min(t.failures, 6)
	if p.code != "token-unavailable" {
		wait = max(wait, refusedBackoff)
	}
	wait = max(min(wait, lastBackoff), p.retryAfter)
	copied := *p
	copied.retryAfter = wait
	t.failures++
	t.failure, t.failedAt, t.retryAt = &copied, now, now.Add(wait)
}

// refused throws token away, which the partner did not accept, and reports
// whether another one can be had in its place. If the current one is another
// already, some other caller did it. A partner that refuses every token does
// not make us ask for one with every request: renewPause lies between two.
func (t *tokens) refused(token *oauth2.Token) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != token {
		return true
	}
	if !t.renewedAt.IsZero() && t.now().Sub(t.renewedAt) < renewPause {
		return false
	}
	t.token, t.renewedAt = nil, t.now()
	return true
}

// status describes the token without showing it.
func (t *tokens) status() (claims Claims, valid bool, failure *problem, failedAt, retryAt time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != nil {
		claims = claimsOf(t.token)
	}
	if t.retryAt.After(t.now()) {
		retryAt = t.retryAt
	}
	return claims, t.valid() != nil, t.failure, t.failedAt, retryAt
}
