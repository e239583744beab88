package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"exactlogin/cmd/serve/gateway/standin"
)

// tokenSource is a source under test: it counts, waits and fails as told.
type tokenSource struct {
	clock *clock
	asked atomic.Int32
	life  time.Duration
	wait  chan struct{} // nil = none
	err   atomic.Pointer[problem]
}

func (s *tokenSource) Token() (*oauth2.Token, error) {
	n := s.asked.Add(1)
	if s.wait != nil {
		<-s.wait
	}
	if p := s.err.Load(); p != nil {
		return nil, p
	}
	return &oauth2.Token{AccessToken: fmt.Sprint("t", n), Expiry: s.clock.Now().Add(s.life)}, nil
}

func newTokens(life time.Duration) (*tokens, *tokenSource, *clock) {
	c := newClock()
	s := &tokenSource{clock: c, life: life}
	return &tokens{source: s, now: c.Now, note: func(error, time.Duration) {}}, s, c
}

func (t *tokens) want(test *testing.T, want string) *oauth2.Token {
	test.Helper()
	token, err := t.get(context.Background())
	if err != nil {
		test.Fatalf("want token %s, got error %v", want, err)
	}
	if token.AccessToken != want {
		test.Fatalf("want token %s, got %s", want, token.AccessToken)
	}
	return token
}

func (t *tokens) wantError(test *testing.T, retryAfter time.Duration) {
	test.Helper()
	_, err := t.get(context.Background())
	var p *problem
	if !errors.As(err, &p) || p.retryAfter != retryAfter {
		test.Fatalf("want an error to be retried after %s, got %+v", retryAfter, err)
	}
}

func TestTokens_200CallersAtExpiryCauseOneRequest(t *testing.T) {
	tokens, source, clock := newTokens(time.Hour)
	tokens.want(t, "t1")
	clock.move(time.Hour)
	source.wait = make(chan struct{})
	var ready, done sync.WaitGroup
	got := make([]string, 200)
	for i := range got {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			token, err := tokens.get(context.Background())
			if err != nil {
				t.Error(err)
				return
			}
			got[i] = token.AccessToken
		})
	}
	ready.Wait()
	eventually(t, "the request begins", func() bool { return source.asked.Load() == 2 })
	close(source.wait)
	done.Wait()
	for i, token := range got {
		if token != "t2" {
			t.Errorf("caller %d got %q", i, token)
		}
	}
	if asked := source.asked.Load(); asked != 2 {
		t.Errorf("asked %d times, want once before expiry and once after", asked)
	}
}

// A caller may find no token, and come to ask when another has just brought one.
func TestTokens_whoComesLateAsksForNone(t *testing.T) {
	tokens, source, _ := newTokens(time.Hour)
	for range 2 {
		if token, err := tokens.renew(); err != nil || token.AccessToken != "t1" {
			t.Errorf("got %v, %v", token, err)
		}
	}
	if asked := source.asked.Load(); asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestTokens_renewedAMinuteEarly(t *testing.T) {
	tokens, _, clock := newTokens(time.Hour)
	tokens.want(t, "t1")
	clock.move(59*time.Minute - time.Nanosecond)
	tokens.want(t, "t1")
	clock.move(time.Nanosecond)
	tokens.want(t, "t2")
}

func TestTokens_shortLivesServeHalfOfThem(t *testing.T) {
	tokens, _, clock := newTokens(10 * time.Second)
	tokens.want(t, "t1")
	clock.move(4 * time.Second)
	tokens.want(t, "t1")
	clock.move(time.Second)
	tokens.want(t, "t2")
}

func TestTokens_whileTheEndpointFailsTheOldServesToItsEnd(t *testing.T) {
	tokens, source, clock := newTokens(time.Hour)
	tokens.want(t, "t1")
	source.err.Store(refuse(502, "token-unavailable", "down"))
	clock.move(59 * time.Minute)
	tokens.want(t, "t1")
	tokens.want(t, "t1")
	if asked := source.asked.Load(); asked != 2 {
		t.Errorf("asked %d times, want 2: the second has to wait", asked)
	}
	clock.move(time.Minute)
	tokens.wantError(t, 2*time.Second)
}

func TestTokens_backsOffWhileTheEndpointFails(t *testing.T) {
	tokens, source, clock := newTokens(time.Hour)
	source.err.Store(refuse(502, "token-unavailable", "down"))
	for i, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		tokens.wantError(t, wait*time.Second)
		clock.move(wait*time.Second - time.Millisecond)
		tokens.wantError(t, time.Millisecond)
		if asked := int(source.asked.Load()); asked != i+1 {
			t.Fatalf("asked %d times, want %d", asked, i+1)
		}
		clock.move(time.Millisecond)
	}
	source.err.Store(nil)
	tokens.want(t, "t9")
	clock.move(time.Hour)
	source.err.Store(refuse(502, "token-unavailable", "down"))
	tokens.wantError(t, time.Second) // a success starts anew
}

func TestTokens_backsOffAsToldAndLongerForAWrongSecret(t *testing.T) {
	tokens, source, _ := newTokens(time.Hour)
	p := refuse(502, "token-unavailable", "busy")
	p.retryAfter = 100 * time.Second
	source.err.Store(p)
	tokens.wantError(t, 100*time.Second)

	tokens, source, _ = newTokens(time.Hour)
	source.err.Store(refuse(502, "token-refused", "wrong secret"))
	tokens.wantError(t, 30*time.Second)
}

func TestTokens_refusedIsReplacedOnceForAll(t *testing.T) {
	tokens, source, clock := newTokens(time.Hour)
	first := tokens.want(t, "t1")
	if !tokens.refused(first) {
		t.Fatal("a refused token is kept")
	}
	second := tokens.want(t, "t2")
	if !tokens.refused(first) {
		t.Error("the second caller to be refused learns of no other token")
	}
	tokens.want(t, "t2")
	if tokens.refused(second) {
		t.Error("asks for a third at once, and would with every request")
	}
	tokens.want(t, "t2")
	clock.move(renewPause)
	if !tokens.refused(second) {
		t.Error("never asks again")
	}
	tokens.want(t, "t3")
	if asked := source.asked.Load(); asked != 3 {
		t.Errorf("asked %d times", asked)
	}
}

func TestTokens_aCallerThatGivesUpDoesNotEndTheRequest(t *testing.T) {
	tokens, source, _ := newTokens(time.Hour)
	source.wait = make(chan struct{})
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("gave up")
	cancel(reason)
	if _, err := tokens.get(ctx); !errors.Is(err, reason) {
		t.Errorf("got %v, want the caller's own reason", err)
	}
	close(source.wait)
	tokens.want(t, "t1")
}

// askSource lets one source of a configuration ask a handler.
func askSource(t *testing.T, upstream fields, c *clock, handler http.HandlerFunc) (*oauth2.Token, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	base := fields{"clientSecret": fields{"env": "SECRET"}, "allow": []string{"GET /x"}, "url": server.URL}
	if upstream["kind"] == KindClientCredentials {
		base["tokenUrl"] = server.URL + "/token"
	}
	document, err := json.Marshal(fields{
		"callers": fields{"api": "https://api.test", "read": "/me"}, "upstreams": fields{"p": with(base, upstream)},
	})
	if err != nil {
		t.Fatal(err)
	}
	config, err := Parse(document, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(config, Options{Now: c.Now, LookupEnv: func(string) (string, bool) { return "s/&c ret", true }})
	if err != nil {
		t.Fatal(err)
	}
	defer g.options.Transport.(*http.Transport).CloseIdleConnections()
	return g.upstreams["p"].tokens.source.Token()
}

func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var (
	su      = fields{"kind": "su", "environment": "sandbox", "domain": "hotel.test"}
	xcover  = fields{"kind": "xcover", "clientId": "id"}
	generic = fields{"kind": "client-credentials", "clientId": "i d"}
)

func copyOf(base fields, more fields) fields { return with(with(fields{}, base), more) }

func TestSource_requests(t *testing.T) {
	for name, test := range map[string]struct {
		upstream fields
		answer   string
		check    func(r *http.Request, body string) bool
	}{
		"su": {su, `{"success":true,"data":{"token_type":"Bearer","token":"sandbox_x","expire_in":"3600"}}`, func(r *http.Request, body string) bool {
			return r.Method == "GET" && r.RequestURI == "/SUAPI/jservice/auth/generate-access-token" && body == "" &&
				r.Header.Get("client-id") == "aG90ZWwudGVzdA==" && r.Header.Get("client-secret") == "s/&c ret"
		}},
		"xcover": {xcover, `{"access_token":"x","expires_in":3600}`, func(r *http.Request, body string) bool {
			return r.Method == "POST" && r.RequestURI == "/api/oauth/token" && r.Header.Get("Content-Type") == "application/json" &&
				r.Header.Get("Accept") == "application/json" &&
				body == `{"client_id":"id","client_secret":"s/\u0026c ret","grant_type":"client_credentials"}`
		}},
		"basic": {copyOf(generic, fields{"scopes": []string{"a", "b"}}), `{"access_token":"x","expires_in":3600}`, func(r *http.Request, body string) bool {
			id, secret, ok := r.BasicAuth()
			return ok && id == "i+d" && secret == "s%2F%26c+ret" && body == "grant_type=client_credentials&scope=a+b" &&
				r.Header.Get("Content-Type") == "application/x-www-form-urlencoded"
		}},
		"form": {copyOf(generic, fields{"auth": "form"}), `{"access_token":"x","expires_in":3600}`, func(r *http.Request, body string) bool {
			form, err := url.ParseQuery(body)
			return err == nil && form.Get("client_id") == "i d" && form.Get("client_secret") == "s/&c ret" && r.Header.Get("Authorization") == ""
		}},
		"json": {copyOf(generic, fields{"auth": "json"}), `{"access_token":"x","expires_in":3600}`, func(r *http.Request, body string) bool {
			var grant map[string]string
			return json.Unmarshal([]byte(body), &grant) == nil && grant["client_secret"] == "s/&c ret"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var right bool
			_, err := askSource(t, test.upstream, newClock(), func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				right = test.check(r, string(body))
				if !right {
					t.Errorf("%s %s %v %s", r.Method, r.RequestURI, r.Header, body)
				}
				_, _ = io.WriteString(w, test.answer)
			})
			if err != nil || !right {
				t.Errorf("error %v", err)
			}
		})
	}
}

func jwt(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x"
}

func TestSource_expiryIsTheEarlier(t *testing.T) {
	start := newClock().now // 1904126400
	for name, test := range map[string]struct {
		upstream fields
		answer   string
		want     time.Time
	}{
		"su, text":      {su, `{"success":true,"data":{"token":"sandbox_x","expire_in":"3600"}}`, start.Add(time.Hour)},
		"su, number":    {su, `{"success":true,"data":{"token":"sandbox_x","expire_in":3600}}`, start.Add(time.Hour)},
		"su, later":     {su, `{"Status":"Success","Data":{"token":"sandbox_x","expire_in":"60"},"Message":""}`, start.Add(time.Minute)},
		"su, unknown":   {su, `{"success":true,"data":{"token":"sandbox_x"}}`, start.Add(assumedLifetime)},
		"exp earlier":   {xcover, `{"expires_in":3600,"access_token":"` + jwt(`{"exp":1904129999.577478}`) + `"}`, time.UnixMilli(1904129999577)},
		"exp later":     {xcover, `{"expires_in":60,"access_token":"` + jwt(`{"exp":1904129999.577478}`) + `"}`, start.Add(time.Minute)},
		"exp alone":     {xcover, `{"access_token":"` + jwt(`{"exp":1904129999}`) + `"}`, time.Unix(1904129999, 0)},
		"exp unread":    {xcover, `{"expires_in":60,"access_token":"` + jwt(`{"exp":"soon"}`) + `"}`, start.Add(time.Minute)},
		"exp a day off": {xcover, `{"access_token":"` + jwt(`{"exp":99999999999}`) + `"}`, start.Add(longestLifetime)},
		"no JWT":        {generic, `{"expires_in":60.5,"access_token":"a.b.c"}`, start.Add(60500 * time.Millisecond)},
		"endless":       {generic, `{"expires_in":1e10,"access_token":"x"}`, start.Add(longestLifetime)},
		"null":          {generic, `{"expires_in":null,"access_token":"x"}`, start.Add(assumedLifetime)},
	} {
		token, err := askSource(t, test.upstream, newClock(), reply(200, test.answer))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !token.Expiry.Equal(test.want) {
			t.Errorf("%s: expires %s, want %s", name, token.Expiry.UTC(), test.want.UTC())
		}
	}
}

func TestSource_refusals(t *testing.T) {
	for name, test := range map[string]struct {
		upstream fields
		status   int
		answer   string
		code     string
	}{
		"live instead of sandbox": {su, 200, `{"success":true,"data":{"token":"live_canary","expire_in":"3600"}}`, "wrong-environment"},
		"no prefix":               {su, 200, `{"success":true,"data":{"token":"canary","expire_in":"3600"}}`, "wrong-environment"},
		"prefix in capitals":      {su, 200, `{"success":true,"data":{"token":"SANDBOX_canary","expire_in":"3600"}}`, "wrong-environment"},
		"is_test":                 {copyOf(xcover, fields{"environment": "live"}), 200, `{"access_token":"` + jwt(`{"is_test":true}`) + `"}`, "wrong-environment"},
		"is not is_test":          {copyOf(xcover, fields{"environment": "sandbox"}), 200, `{"access_token":"` + jwt(`{"is_test":false}`) + `"}`, "wrong-environment"},
		"success false":           {su, 200, `{"success":false,"data":{"token":"sandbox_canary","expire_in":"3600"}}`, "token-refused"},
		"Status Fail":             {su, 200, `{"Status":"Fail","Data":{"token":"sandbox_canary","expire_in":"3600"}}`, "token-refused"},
		"error":                   {su, 200, `{"Error":{"Code":"401","ShortText":"canary"},"Status":"Fail"}`, "token-refused"},
		"wrong secret":            {xcover, 401, `{"error":"canary"}`, "token-refused"},
		"wrong path":              {xcover, 404, `canary`, "token-refused"},
		"busy":                    {xcover, 429, `canary`, "token-unavailable"},
		"down":                    {xcover, 503, `canary`, "token-unavailable"},
		"redirect":                {xcover, 307, `canary`, "token-unavailable"},
		"no JSON":                 {xcover, 200, `<html>canary`, "token-refused"},
		"empty":                   {xcover, 200, ``, "token-refused"},
		"no token":                {xcover, 200, `{}`, "token-refused"},
		"token a number":          {xcover, 200, `{"access_token":1}`, "token-refused"},
		"header smuggled":         {xcover, 200, `{"access_token":"a\r\nX-Canary: canary"}`, "token-refused"},
		"two words":               {xcover, 200, `{"access_token":"a canary"}`, "token-refused"},
		"another type":            {xcover, 200, `{"access_token":"canary","token_type":"mac"}`, "token-refused"},
		"ended":                   {xcover, 200, `{"access_token":"` + jwt(`{"exp":1710223631.577478}`) + `"}`, "token-refused"},
		"no life":                 {generic, 200, `{"access_token":"canary","expires_in":0}`, "token-refused"},
		"life unreadable":         {generic, 200, `{"access_token":"canary","expires_in":"soon"}`, "token-refused"},
		"life negative":           {generic, 200, `{"access_token":"canary","expires_in":-1}`, "token-refused"},
		"token too long":          {generic, 200, `{"access_token":"` + strings.Repeat("x", largestToken+1) + `"}`, "token-refused"},
		"answer too long":         {generic, 200, `{"access_token":"x"}` + strings.Repeat(" ", largestAnswer), "token-refused"},
	} {
		token, err := askSource(t, test.upstream, newClock(), reply(test.status, test.answer))
		var p *problem
		if token != nil || !errors.As(err, &p) || p.code != test.code || p.status != 502 {
			t.Errorf("%s: got %v, %v; want %s", name, token, err, test.code)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: repeats what the partner sent: %v", name, err)
		}
	}
}

func TestSource_neverFollowsARedirectWithTheSecret(t *testing.T) {
	var followed atomic.Bool
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Store(true) }))
	defer target.Close()
	_, err := askSource(t, su, newClock(), func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.URL, http.StatusTemporaryRedirect)
	})
	if err == nil || followed.Load() {
		t.Errorf("error %v, followed %v", err, followed.Load())
	}
}

func TestSource_unreachable(t *testing.T) {
	_, err := askSource(t, xcover, newClock(), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	var p *problem
	if !errors.As(err, &p) || p.code != "token-unavailable" || strings.Contains(p.detail, "http") {
		t.Errorf("got %v", err)
	}
}

func TestSecret_isReadAnewForEveryToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for _, want := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte(want+"\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := (Secret{file: path}).read(nil); got != want || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Secret{file: path}).read(nil); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("an empty file: %v", err)
	}
}

func TestClaims(t *testing.T) {
	partner := standin.NewXCover(standin.XCoverOptions{ClientID: "id", Secret: "s/&c ret", Partner: "P1"})
	c := newClock()
	partner.Now = c.Now
	token, err := askSource(t, xcover, c, partner.ServeHTTP)
	if err != nil {
		t.Fatal(err)
	}
	claims := claimsOf(token)
	if strings.Join(claims.Scopes, " ") != "bookings:create bookings:delete" || claims.Partner != "P1" || claims.Test == nil || !*claims.Test {
		t.Errorf("got %+v", claims)
	}
	if end := c.Now().Add(time.Hour); !token.Expiry.Before(end) || token.Expiry.Before(end.Add(-10*time.Millisecond)) {
		t.Errorf("expires %s, want some milliseconds before %s", token.Expiry, end)
	}
	for _, text := range []string{"", "x", "a.b", "a.b.c", "a." + strings.Repeat("A", largestToken) + ".c", jwt("null"), jwt("[]"), jwt(`{"exp":-1}`), jwt(`{"exp":"NaN"}`), jwt(`{"exp":1e300}`)} {
		if claims := readClaims(text); !claims.Expiry.IsZero() || claims.Scopes != nil || claims.Partner != "" || claims.Test != nil {
			t.Errorf("%.40q: got %+v", text, claims)
		}
	}
	if claims := readClaims(jwt(`{"scope":"a b","partner_id":7,"is_test":null}`)); len(claims.Scopes) != 2 || claims.Partner != "7" || claims.Test != nil {
		t.Errorf("got %+v", claims)
	}
}
