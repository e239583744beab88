package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	callerTimeout   = 10 * time.Second
	rememberRefusal = 5 * time.Second // at most: a page may sign in again any moment
	mostCallers     = 10_000          // remembered at once
	largestCaller   = 4 << 10         // bytes of an Exact token; samples have 80
)

// checker asks Exact's API who may pass: a caller may if its token can read
// what the configuration says. Tokens are remembered by a keyed hash alone, so
// that a dump of this process's memory shows none that is not in use.
type checker struct {
	config Callers
	client *http.Client
	now    func() time.Time
	key    [32]byte

	flight singleflight.Group
	mu     sync.Mutex
	known  map[string]verdict
}

// A verdict is what Exact's API said, good for a while.
type verdict struct {
	status int // of the API's answer: 2xx, 401, 403 or 404
	until  time.Time
}

func newChecker(config Callers, client *http.Client, now func() time.Time) *checker {
	c := &checker{config: config, client: client, now: now, known: map[string]verdict{}}
	_, _ = rand.Read(c.key[:]) // never fails (crypto/rand)
	return c
}

// check returns nil if the request's caller is signed in and has permission
// ("" = none is asked for).
func (c *checker) check(r *http.Request, permission string) error {
	values := r.Header["Authorization"]
	if len(values) == 0 || values[0] == "" {
		return refuse(http.StatusUnauthorized, "signed-out", "sign in first: the gateway serves signed-in people only")
	}
	if len(values) > 1 || len(values[0]) > largestCaller || !validHeaderValue(values[0]) {
		return refuse(http.StatusUnauthorized, "caller-refused", "the Authorization header is not an Exact user token")
	}
	status, err := c.read(r.Context(), values[0], c.config.Read)
	switch {
	case err != nil:
		return err
	case status == http.StatusUnauthorized:
		return refuse(http.StatusUnauthorized, "caller-refused", "Exact's API does not accept the caller's token: sign in again")
	case status > 299:
		return refuse(http.StatusForbidden, "forbidden", "the caller is signed in, but may not use this gateway")
	case permission == "":
		return nil
	}
	// Exact answers 401 for a missing permission too; the token was just found good.
	status, err = c.read(r.Context(), values[0], c.config.Permissions[permission])
	if err == nil && status > 299 {
		err = refuse(http.StatusForbidden, "forbidden", "the caller has not the permission %s, which this partner asks for", permission)
	}
	return err
}

// read tells the status of the API's answer, remembered or new.
func (c *checker) read(ctx context.Context, token, path string) (int, error) {
	mac := hmac.New(sha256.New, c.key[:])
	mac.Write([]byte(path + "\x00" + token))
	key := string(mac.Sum(nil))
	if status := c.remembered(key); status != 0 {
		return status, nil
	}
	arrival := c.flight.DoChan(key, func() (any, error) {
		if status := c.remembered(key); status != 0 {
			return status, nil
		}
		status, err := c.ask(token, path)
		if err == nil {
			c.remember(key, status)
		}
		return status, err
	})
	select {
	case result := <-arrival:
		status, _ := result.Val.(int)
		return status, result.Err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

func (c *checker) ask(token, path string) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callerTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.config.API.String()+path, nil)
	if err != nil {
		return 0, refuse(http.StatusBadGateway, "caller-unchecked", "the gateway's callers.read is not usable")
	}
	request.Header.Set("Authorization", token) // the bare value, as Exact asks
	request.Header.Set("Accept", "application/json")
	response, err := c.client.Do(request)
	if err != nil {
		return 0, unreachable(err, "caller-unchecked", "Exact's API, which says whether the caller is signed in,")
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, largestAnswer) // so that the connection can be used again
	switch status := response.StatusCode; {
	case status >= 200 && status <= 299, status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
		return status, nil
	default:
		p := refuse(http.StatusBadGateway, "caller-unchecked", "Exact's API answered %d when asked whether the caller is signed in", status)
		p.retryAfter = retryAfter(response.Header, c.now())
		return 0, p
	}
}

func (c *checker) remembered(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.known[key]; c.now().Before(v.until) {
		return v.status
	}
	return 0
}

func (c *checker) remember(key string, status int) {
	wait := c.config.Remember
	if status > 299 {
		wait = min(wait, rememberRefusal)
	}
	if wait <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if len(c.known) >= mostCallers {
		for key, v := range c.known {
			if !now.Before(v.until) {
				delete(c.known, key)
			}
		}
	}
	if len(c.known) >= mostCallers {
		clear(c.known) // a flood; everybody is asked about once more
	}
	c.known[key] = verdict{status: status, until: now.Add(wait)}
}
