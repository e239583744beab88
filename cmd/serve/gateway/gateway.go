package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// Prefix is where the gateway belongs in a server's URLs.
const Prefix = "/gateway/"

// Options are what New needs besides the configuration; all may be left out.
type Options struct {
	API       string       // Exact's API, where the configuration does not say
	Logger    *slog.Logger // default: none. Never told a secret, a token, a query or a body
	Observe   func(Observation)
	Trust     *x509.CertPool              // default: the system's
	Transport http.RoundTripper           // default: one of its own, with Trust
	LookupEnv func(string) (string, bool) // default: os.LookupEnv
	Now       func() time.Time            // default: time.Now
}

// An Observation is one thing that ended, for metrics. Its texts have few
// values, so they can be labels.
type Observation struct {
	Kind     string // "request", or "token" for a request to a token endpoint
	Upstream string // "" where the name is not configured
	Method   string // of a request that a rule allowed, else ""
	Rule     string // as configured; "status", "validate", or ""
	Status   int    // what the caller got; 0 = it went away, or Kind is "token"
	Code     string // of the problem, "" = none
	Retried  bool   // sent a second time with a new token
	Duration time.Duration
}

// Gateway serves everything under Prefix.
type Gateway struct {
	config    *Config
	options   Options
	checker   *checker
	upstreams map[string]*upstream
}

// New makes a gateway of a checked configuration. It fails where a secret
// cannot be read; nothing is sent anywhere before the first caller comes.
func New(config *Config, options Options) (*Gateway, error) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.LookupEnv == nil {
		options.LookupEnv = os.LookupEnv
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Transport == nil {
		options.Transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			TLSClientConfig:        &tls.Config{RootCAs: options.Trust, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // bodies pass as they are
			MaxIdleConnsPerHost:    64,   // one partner is one host
			IdleConnTimeout:        90 * time.Second,
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		}
	}
	callers := config.Callers
	if callers.API == nil {
		r := &reader{}
		if callers.API = r.baseURL("callers.api", options.API); callers.API == nil {
			r.mistake("callers.api", "missing: the API that knows who is signed in")
			return nil, fmt.Errorf("gateway configuration: %w", r.err())
		}
	}
	client := &http.Client{
		Transport: options.Transport,
		// A redirect would take a secret somewhere nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	g := &Gateway{
		config:    config,
		options:   options,
		checker:   newChecker(callers, client, options.Now),
		upstreams: map[string]*upstream{},
	}
	var mistakes []error
	for _, name := range g.Names() {
		u := newUpstream(g, name, config.Upstreams[name], client)
		if _, err := u.secret(); err != nil {
			mistakes = append(mistakes, fmt.Errorf("gateway: upstreams.%s.clientSecret: %w", name, err))
		}
		g.upstreams[name] = u
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	return g, nil
}

// Names are those of the upstreams, in order.
func (g *Gateway) Names() []string {
	names := make([]string, 0, len(g.config.Upstreams))
	for name := range g.config.Upstreams {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// An exchange is one caller's request on its way.
type exchange struct {
	Observation
	touch func() // something moved: the time-out begins anew
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	return ctx.Value(exchangeKey{}).(*exchange)
}

func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := g.options.Now()
	x := &exchange{Observation: Observation{Kind: "request"}}
	defer func() { // also when the proxy cuts a connection by a panic
		x.Duration = g.options.Now().Sub(start)
		g.observe(r.Context(), x.Observation)
	}()
	if err := g.serve(w, r, x); err != nil {
		g.fail(w, x, err)
	}
}

// serve checks the request, cheapest first, and hands it on.
func (g *Gateway) serve(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if !g.sameOrigin(r) {
		return refuse(http.StatusForbidden, "cross-origin", "the gateway serves pages of its own origin only")
	}
	escaped, ok := strings.CutPrefix(r.URL.EscapedPath(), Prefix)
	name, _, _ := strings.Cut(escaped, "/")
	u := g.upstreams[name]
	if !ok || u == nil {
		return refuse(http.StatusNotFound, "unknown-upstream", "no partner of this name is configured")
	}
	x.Upstream = name
	escaped = strings.TrimPrefix(escaped, name)
	path, ok := segments(escaped)
	if !ok {
		return refuse(http.StatusBadRequest, "bad-path",
			"the path has empty, dot or doubly encoded parts, or an encoded slash, and is not forwarded")
	}
	switch escaped {
	case "/status":
		return u.own(w, r, x, "status", http.MethodGet, u.status)
	case "/validate":
		return u.own(w, r, x, "validate", http.MethodPost, u.validate)
	}
	rule, ok, allowed := findRule(u.config.Allow, r.Method, path)
	switch {
	case !ok && len(allowed) == 0:
		return refuse(http.StatusForbidden, "path-not-allowed", "the gateway's configuration does not allow this path")
	case !ok:
		p := refuse(http.StatusMethodNotAllowed, "method-not-allowed", "the gateway's configuration does not allow this method here")
		p.allow = strings.Join(allowed, ", ")
		return p
	}
	x.Rule, x.Method = rule.text, r.Method
	if r.ContentLength > u.config.MaxBody {
		return u.tooLarge()
	}
	if err := g.checker.check(r, u.config.Permission); err != nil {
		return err
	}
	u.forward(w, r, x, escaped)
	return nil
}

// fail answers what could not be forwarded.
func (g *Gateway) fail(w http.ResponseWriter, x *exchange, err error) {
	var p *problem
	if !errors.As(err, &p) { // only a context's end
		x.Code = "caller-gone"
		p = refuse(http.StatusBadGateway, x.Code, "the caller went away")
		p.write(w) // for the one who is gone
		return
	}
	x.Status, x.Code = p.status, p.code
	p.write(w)
}

func (g *Gateway) observe(ctx context.Context, o Observation) {
	g.options.Logger.LogAttrs(ctx, slog.LevelInfo, "gateway "+o.Kind,
		slog.String("upstream", o.Upstream), slog.String("method", o.Method), slog.String("rule", o.Rule),
		slog.Int("status", o.Status), slog.String("code", o.Code), slog.Bool("retried", o.Retried),
		slog.Duration("duration", o.Duration))
	if g.options.Observe != nil {
		g.options.Observe(o)
	}
}

// own answers one of the gateway's own calls.
func (u *upstream) own(w http.ResponseWriter, r *http.Request, x *exchange, rule, method string,
	answer func(context.Context) (any, error),
) error {
	if r.Method != method {
		p := refuse(http.StatusMethodNotAllowed, "method-not-allowed", "this call is a %s", method)
		p.allow = method
		return p
	}
	x.Rule, x.Method = rule, method
	if err := u.gateway.checker.check(r, u.config.Permission); err != nil {
		return err
	}
	value, err := answer(r.Context())
	if err != nil {
		return err
	}
	x.Status = http.StatusOK
	writeJSON(w, http.StatusOK, "application/json", value)
	return nil
}

// Status is the answer of GET /gateway/{name}/status.
type Status struct {
	Name        string     `json:"name"`
	Kind        string     `json:"kind"`
	Environment string     `json:"environment"` // "" = not configured
	Valid       bool       `json:"valid"`       // a token is kept and has not ended
	ValidUntil  *time.Time `json:"validUntil"`
	Scopes      []string   `json:"scopes"`
	Partner     string     `json:"partner"`
	Test        *bool      `json:"test"`
	LastError   *LastError `json:"lastError"` // the last one, be it long ago
	RetryAt     *time.Time `json:"retryAt"`   // no token is asked for before
}

// LastError is why the last token could not be had.
type LastError struct {
	At     time.Time `json:"at"`
	Code   string    `json:"code"`
	Detail string    `json:"detail"`
}

// status describes the token that is kept; it asks for none.
func (u *upstream) status(context.Context) (any, error) {
	claims, valid, failure, failedAt, retryAt := u.tokens.status()
	s := Status{
		Name: u.name, Kind: u.config.Kind, Environment: u.config.Environment, Valid: valid,
		Scopes: claims.Scopes, Partner: claims.Partner, Test: claims.Test,
	}
	if s.Scopes == nil {
		s.Scopes = []string{}
	}
	if valid {
		until := claims.Expiry.UTC()
		s.ValidUntil = &until
	}
	if failure != nil {
		s.LastError = &LastError{At: failedAt.UTC(), Code: failure.code, Detail: failure.detail}
	}
	if !retryAt.IsZero() {
		retryAt = retryAt.UTC()
		s.RetryAt = &retryAt
	}
	return s, nil
}

// Validation is the answer of POST /gateway/{name}/validate.
type Validation struct {
	Valid  bool `json:"valid"`
	Status int  `json:"status"` // HTTP status of the partner's check
}

// validate asks the partner whether it accepts the token: a GET with the token
// and nothing else.
func (u *upstream) validate(ctx context.Context) (any, error) {
	if u.config.Validate == "" {
		return nil, refuse(http.StatusNotFound, "no-validate", "this partner has no check configured: set its validate to a path")
	}
	ctx, cancel := context.WithTimeout(ctx, u.config.Timeout)
	defer cancel()
	token, err := u.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.config.URL.String()+u.config.Validate, nil)
	if err != nil {
		return nil, refuse(http.StatusBadGateway, "upstream-unreachable", "the partner's validate is not usable")
	}
	token.SetAuthHeader(request)
	request.Header.Set("Accept", "application/json")
	response, err := u.client.Do(request)
	if err != nil {
		return nil, unreachable(err, "upstream-unreachable", "the partner's check")
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return nil, unreachable(err, "upstream-unreachable", "the partner's check")
	}
	v := Validation{Status: response.StatusCode}
	switch {
	case v.Status == http.StatusUnauthorized || v.Status == http.StatusForbidden || asksAuthorization(body):
		u.tokens.refused(token)
	case v.Status < 200 || v.Status > 299:
		return nil, refuse(http.StatusBadGateway, "upstream-failed", "the partner's check answered %d, which says nothing of the token", v.Status)
	default:
		v.Valid = true
	}
	return v, nil
}

// asksAuthorization finds Su's "Authorization Required", which may come with
// any status: {"Error":{"ShortText":…},"Status":"Fail"}, or an array of them.
func asksAuthorization(body []byte) bool {
	type failure struct{ Error struct{ ShortText string } }
	var one failure
	var many []failure
	if json.Unmarshal(body, &one) == nil {
		many = append(many, one)
	} else if json.Unmarshal(body, &many) != nil {
		return false
	}
	return slices.ContainsFunc(many, func(f failure) bool {
		return strings.Contains(strings.ToLower(f.Error.ShortText), "authorization required")
	})
}
