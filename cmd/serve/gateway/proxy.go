package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// replayable is how many bytes of a body are kept for a second try; longer
// ones, and those of unknown length, stream and are sent once.
const replayable = 64 << 10

// An upstream forwards to one partner. It is the proxy's transport: it adds
// the partner's token.
type upstream struct {
	gateway *Gateway
	name    string
	config  *Upstream
	client  *http.Client
	tokens  *tokens
	proxy   *httputil.ReverseProxy
}

func newUpstream(g *Gateway, name string, config *Upstream, client *http.Client) *upstream {
	u := &upstream{gateway: g, name: name, config: config, client: client}
	u.tokens = &tokens{
		source: &source{upstream: config, secret: u.secret, client: client, now: g.options.Now},
		now:    g.options.Now,
		note: func(err error, duration time.Duration) {
			o := Observation{Kind: "token", Upstream: name, Duration: duration}
			var p *problem
			if errors.As(err, &p) {
				o.Code = p.code
			}
			g.observe(context.Background(), o)
		},
	}
	u.proxy = &httputil.ReverseProxy{
		Rewrite:        u.rewrite,
		Transport:      u,
		ModifyResponse: u.answer,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			g.fail(w, exchangeOf(r.Context()), u.describe(r, err))
		},
		BufferPool: buffers,
		ErrorLog:   log.New(io.Discard, "", 0), // its lines hold URLs; observe tells what is needed
	}
	return u
}

func (u *upstream) secret() (string, error) {
	secret, err := u.config.ClientSecret.read(u.gateway.options.LookupEnv)
	if err != nil {
		u.gateway.options.Logger.Error("gateway secret", "upstream", u.name, "error", err)
	}
	return secret, err
}

func (u *upstream) tooLarge() *problem {
	return refuse(http.StatusRequestEntityTooLarge, "body-too-large", "the body is larger than %d bytes", u.config.MaxBody)
}

// escapedPathKey carries the checked, still escaped path to rewrite.
type escapedPathKey struct{}

// forward proxies a checked request. It ends when nothing moves in either
// direction for config.Timeout, however long it streams otherwise.
func (u *upstream) forward(w http.ResponseWriter, r *http.Request, x *exchange, escaped string) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	s := newStall(u.config.Timeout, http.NewResponseController(w), cancel)
	defer func() {
		if s.end() && x.Code == "" {
			s.unblock() // it all ended well at the last moment
		}
	}()
	x.touch = s.touch

	ctx = context.WithValue(ctx, exchangeKey{}, x)
	ctx = context.WithValue(ctx, escapedPathKey{}, escaped)
	r = r.WithContext(ctx)
	if r.ContentLength != 0 {
		r.Body = &moving{ReadCloser: http.MaxBytesReader(w, r.Body, u.config.MaxBody), touch: x.touch}
	}
	u.proxy.ServeHTTP(&answerWriter{ResponseWriter: w, stall: s}, r)
}

// rewrite makes the partner's request: path and query as they came, and the
// listed headers alone. Above all no cookie, and not the caller's token.
func (u *upstream) rewrite(r *httputil.ProxyRequest) {
	escaped := r.In.Context().Value(escapedPathKey{}).(string)
	base := u.config.URL
	out := r.Out
	path, _ := url.PathUnescape(escaped) // checked by segments
	out.URL = &url.URL{
		Scheme: base.Scheme, Host: base.Host, RawQuery: r.Out.URL.RawQuery,
		Path: base.Path + path, RawPath: base.EscapedPath() + escaped,
	}
	out.Host = ""
	out.Trailer = nil
	only(out.Header, requestHeaders, u.config.Headers)
	out.Header.Set("User-Agent", "exactlogin-gateway")
}

// RoundTrip sends the request with the partner's token. A 401 says that the
// partner did nothing, so whatever the method the request is sent a second
// time, once, with a new token, if its body is still there.
func (u *upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	kept := r.Body == nil
	var body []byte
	if r.Body != nil && r.ContentLength > 0 && r.ContentLength <= replayable {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		kept = true
	}
	again := func(token *oauth2.Token) (*http.Response, error) {
		if body != nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		return u.send(r, token)
	}
	token, err := u.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	response, err := again(token)
	if err != nil || response.StatusCode != http.StatusUnauthorized || !u.tokens.refused(token) || !kept {
		return response, err
	}
	fresh, err := u.tokens.get(ctx)
	if err != nil || fresh.AccessToken == token.AccessToken {
		return response, nil // the partner's own answer says more than ours would
	}
	_, _ = io.CopyN(io.Discard, response.Body, largestAnswer)
	response.Body.Close()
	exchangeOf(ctx).Retried = true
	return again(fresh)
}

// silent is a context without values: the proxy puts a trace into its context
// that passes 1xx answers on, headers unchecked.
type silent struct{ context.Context }

func (silent) Value(any) any { return nil }

func (u *upstream) send(r *http.Request, token *oauth2.Token) (*http.Response, error) {
	original := r
	r = r.Clone(silent{r.Context()})
	token.SetAuthHeader(r)
	response, err := u.gateway.options.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	// A copy, because the transport adds trailers to its own at the body's
	// end, and trailers are headers that nobody checked.
	copied := *response
	copied.Trailer = nil
	copied.Request = original
	return &copied, nil
}

// answer checks the partner's answer before it goes back.
func (u *upstream) answer(response *http.Response) error {
	status := response.StatusCode
	switch {
	case status == http.StatusSwitchingProtocols:
		return refuse(http.StatusBadGateway, "upstream-failed", "the partner wants another protocol, which the gateway does not speak")
	case status >= 300 && status <= 399 && status != http.StatusNotModified:
		// Followed by a browser, it would take the caller's own token along.
		return refuse(http.StatusBadGateway, "upstream-redirect", "the partner answered with a redirect, which the gateway does not follow")
	}
	header := response.Header
	only(header, answerHeaders, u.config.Headers)
	if location := u.location(response); location != "" {
		header.Set("Location", location)
	} else {
		header.Del("Location")
	}
	guard(header)
	x := exchangeOf(response.Request.Context())
	x.Status = status
	response.Body = &moving{ReadCloser: response.Body, touch: x.touch, cut: func() { x.Code = "answer-cut" }}
	return nil
}

// location translates the address of a thing that was made (RFC 9110, 10.2.2)
// to the page's side; "" where it lies outside.
func (u *upstream) location(response *http.Response) string {
	target, err := url.Parse(response.Header.Get("Location"))
	if err != nil || *target == (url.URL{}) {
		return ""
	}
	base := u.config.URL
	target = response.Request.URL.ResolveReference(target)
	escaped, ok := strings.CutPrefix(target.EscapedPath(), base.EscapedPath())
	if _, clean := segments(escaped); !ok || !clean || target.Scheme != base.Scheme || target.Host != base.Host {
		return ""
	}
	location := Prefix + u.name + escaped
	if target.RawQuery != "" {
		location += "?" + target.RawQuery
	}
	return location
}

// describe turns what went wrong on the way into a problem.
func (u *upstream) describe(r *http.Request, err error) error {
	ctx := r.Context()
	var p *problem
	var large *http.MaxBytesError
	switch {
	case context.Cause(ctx) == errStalled:
		p := refuse(http.StatusGatewayTimeout, stalled, "nothing moved for %s, so the gateway gave up", u.config.Timeout)
		p.close = r.ProtoMajor == 1 // reads are blocked on it
		return p
	case errors.As(err, &large):
		return u.tooLarge()
	case errors.As(err, &p):
		return p
	case ctx.Err() != nil:
		return ctx.Err()
	}
	p = unreachable(err, "upstream-unreachable", "the partner")
	if p.status == http.StatusGatewayTimeout {
		p.code = stalled
	}
	return p
}

// moving tells of every byte that passes.
type moving struct {
	io.ReadCloser
	touch func()
	cut   func() // nil, or told of a body that ends too early
}

func (m *moving) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	if n > 0 {
		m.touch()
	}
	if err != nil && err != io.EOF && m.cut != nil {
		m.cut()
	}
	return n, err
}

// answerWriter tells that the answer has begun.
type answerWriter struct {
	http.ResponseWriter
	stall *stall
}

func (w *answerWriter) WriteHeader(status int) {
	w.stall.answering()
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// bufferPool lends the proxy its copy buffers.
type bufferPool struct{ pool sync.Pool }

var buffers = &bufferPool{pool: sync.Pool{New: func() any { return new([32 << 10]byte) }}}

func (b *bufferPool) Get() []byte     { return b.pool.Get().(*[32 << 10]byte)[:] }
func (b *bufferPool) Put(used []byte) { b.pool.Put((*[32 << 10]byte)(used)) }
