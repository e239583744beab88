package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// browser is a browser context of its own: cookies, storage, cache and workers are shared with no other test.
type browser struct {
	t   *testing.T
	s   *server
	ctx context.Context

	mu      sync.Mutex
	realms  []*realm
	allowed []string
}

// newBrowser opens a browser context for pages of s.
func newBrowser(t *testing.T, s *server) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	b := &browser{t: t, s: s, ctx: ctx}
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a browser context: %v", err)
	}
	t.Cleanup(b.inspect)
	return b
}

// allow lets console errors pass that contain one of these texts.
func (b *browser) allow(texts ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.allowed = append(b.allowed, texts...)
}

// inspect is the end of every test: nothing unexpected in any console, no secret in any page.
func (b *browser) inspect() {
	for _, info := range b.workers() {
		if b.realm(info.TargetID) == nil {
			// What a worker logged before is told on attaching.
			if _, err := b.attach(info); err != nil {
				b.t.Logf("a worker ended before its console could be read: %v", err)
			}
		}
	}
	secrets := append(b.s.tokens(), passwords...)
	for _, r := range b.all() {
		for _, line := range r.console() {
			if line.bad && !b.expected(line.text) {
				b.t.Errorf("console of %s: %s", r.name, line.text)
			}
			for _, secret := range secrets {
				if strings.Contains(line.text, secret) {
					b.t.Errorf("a secret in the console of %s: %s", r.name, line.text)
				}
			}
		}
		if r.page && !r.gone() {
			if left, err := traces(r, secrets); err != nil {
				b.t.Logf("%s could not be searched for secrets: %v", r.name, err)
			} else if len(left) > 0 {
				b.t.Errorf("secrets in %s: %s", r.name, strings.Join(left, ", "))
			}
		}
	}
}

func (b *browser) expected(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.allowed {
		if strings.Contains(text, a) {
			return true
		}
	}
	return false
}

func (b *browser) all() []*realm {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]*realm(nil), b.realms...)
}

func (b *browser) realm(id target.ID) *realm {
	for _, r := range b.all() {
		if chromedp.FromContext(r.ctx).Target.TargetID == id {
			return r
		}
	}
	return nil
}

// workers lists the shared workers of this browser context.
func (b *browser) workers() []*target.Info {
	b.t.Helper()
	infos, err := chromedp.Targets(b.ctx)
	if err != nil {
		b.t.Fatalf("listing targets: %v", err)
	}
	var found []*target.Info
	for _, info := range infos {
		if info.Type == "shared_worker" && strings.HasPrefix(info.URL, b.s.page+"/") {
			found = append(found, info)
		}
	}
	return found
}

// worker waits for the shared worker and attaches to it.
func (b *browser) worker() *realm {
	b.t.Helper()
	var last error
	for limit := time.Now().Add(patience); time.Now().Before(limit); pause() {
		infos := b.workers()
		if len(infos) == 0 {
			last = errors.New("there is none")
			continue
		}
		if r := b.realm(infos[0].TargetID); r != nil {
			return r
		}
		r, err := b.attach(infos[0])
		if err == nil {
			return r
		}
		last = err
	}
	b.t.Fatalf("attaching to the shared worker: %v", last)
	return nil
}

// attach opens a session with a target that exists.
func (b *browser) attach(info *target.Info) (*realm, error) {
	r := &realm{b: b, name: info.Type}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(info.TargetID), chromedp.WithDetachOnCancel(), chromedp.WithListener(r.hear))
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return nil, err
	}
	b.t.Cleanup(cancel)
	r.ctx, r.detach = ctx, cancel
	b.mu.Lock()
	defer b.mu.Unlock()
	b.realms = append(b.realms, r)
	return r, nil
}

// kill ends the shared worker as a crash would, and returns when it is gone.
func (b *browser) kill() {
	b.t.Helper()
	for _, info := range b.workers() {
		// A session would be given the worker's successor, held before its first line for a debugger to release it.
		if r := b.realm(info.TargetID); r != nil {
			r.detach()
		}
		if _, err := chromedp.CallBrowser(b.ctx, target.CloseTarget, target.CloseTargetParams{TargetID: info.TargetID}); err != nil {
			b.t.Fatalf("killing the shared worker: %v", err)
		}
	}
	for limit := time.Now().Add(patience); len(b.workers()) > 0; pause() {
		if time.Now().After(limit) {
			b.t.Fatal("the shared worker lives on after it was killed")
		}
	}
}

// tab opens an empty tab; before holds scripts that run first in each of its documents.
func (b *browser) tab(before ...string) *realm {
	b.t.Helper()
	b.mu.Lock()
	r := &realm{b: b, page: true, name: fmt.Sprintf("tab %d", len(b.realms)+1)}
	b.mu.Unlock()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithListener(r.hear))
	b.t.Cleanup(cancel)
	r.ctx = ctx
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("opening a tab: %v", err)
	}
	b.mu.Lock()
	b.realms = append(b.realms, r)
	b.mu.Unlock()
	for _, source := range before {
		call(r, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
	}
	return r
}

// open opens a tab at a path of the page's server.
func (b *browser) open(path string, before ...string) *realm {
	b.t.Helper()
	r := b.tab(before...)
	r.navigate(path)
	return r
}

// realm is a page or a worker that a test talks to.
type realm struct {
	b    *browser
	ctx  context.Context
	name string
	page bool
	// detach ends the session with a worker.
	detach context.CancelFunc

	mu    sync.Mutex
	lines []line
	sent  []*network.EventRequestWillBeSent
}

// line is one line of a console; bad ones fail the test.
type line struct {
	bad  bool
	text string
}

// hear collects what a realm says and requests. It runs in the target's loop and must not wait.
func (r *realm) hear(event any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		var text strings.Builder
		for _, arg := range e.Args {
			if arg.Type == "string" {
				var s string
				json.Unmarshal(arg.Value, &s)
				text.WriteString(s)
			} else {
				text.WriteString(arg.Description)
				text.Write(arg.Value)
			}
			text.WriteByte(' ')
		}
		bad := e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert
		r.lines = append(r.lines, line{bad, text.String()})
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description + string(e.ExceptionDetails.Exception.Value)
		}
		r.lines = append(r.lines, line{true, text})
	case *cdplog.EventEntryAdded:
		r.lines = append(r.lines, line{e.Entry.Level == cdplog.EntryLevelError, e.Entry.Text + " " + e.Entry.URL})
	case *network.EventRequestWillBeSent:
		r.sent = append(r.sent, e)
	}
}

func (r *realm) console() []line {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]line(nil), r.lines...)
}

// requested returns the URLs that the realm requested so far.
func (r *realm) requested() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var urls []string
	for _, e := range r.sent {
		urls = append(urls, e.Request.URL)
	}
	return urls
}

func (r *realm) gone() bool {
	detached, err := chromedp.Detached(r.ctx)
	if err != nil {
		return true
	}
	select {
	case <-detached:
		return true
	default:
		return r.ctx.Err() != nil
	}
}

// navigate loads a path of the page's server and waits for its load event.
func (r *realm) navigate(path string) {
	r.b.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(r.b.s.page+path)); err != nil {
		r.b.t.Fatalf("%s: loading %s: %v", r.name, path, err)
	}
}

// reload loads the page again.
func (r *realm) reload() {
	r.b.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Reload()); err != nil {
		r.b.t.Fatalf("%s: reloading: %v", r.name, err)
	}
}

// close closes the tab.
func (r *realm) close() {
	r.b.t.Helper()
	if err := chromedp.Cancel(r.ctx); err != nil && !errors.Is(err, context.Canceled) {
		r.b.t.Fatalf("%s: closing: %v", r.name, err)
	}
}

// call sends a protocol command to the realm.
func call[P, R any](r *realm, command cdp.Command[P, R], params P) R {
	r.b.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		r.b.t.Fatalf("%s: %s: %v", r.name, command.Method, err)
	}
	return result
}

// try runs body, the inside of an async function with the parameters args (a JSON array), and returns what it returns.
func try[T any](r *realm, body string, args ...any) (T, error) {
	var zero T
	list, err := json.Marshal(append([]any{}, args...))
	if err != nil {
		return zero, err
	}
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	// null for undefined, so that a T that can be nil is.
	source := fmt.Sprintf("(async (args) => { %s\n })(%s).then((value) => value ?? null)", body, list)
	return chromedp.Run(ctx, chromedp.Evaluate[T](source, chromedp.EvalAwaitPromise))
}

// eval is try for what must not fail.
func eval[T any](r *realm, body string, args ...any) T {
	r.b.t.Helper()
	value, err := try[T](r, body, args...)
	if err != nil {
		r.b.t.Fatalf("%s: %s\n%s", r.name, explain(err), body)
	}
	return value
}

// do is eval without a result.
func (r *realm) do(body string, args ...any) {
	r.b.t.Helper()
	eval[chromedp.Void](r, body, args...)
}

// failure is an error as a page's script sees it.
type failure struct {
	Name       string   `json:"name"`
	Code       string   `json:"code"`
	Phase      string   `json:"phase"`
	Message    string   `json:"message"`
	Retryable  bool     `json:"retryable"`
	Status     int      `json:"status"`
	RetryAfter *float64 `json:"retryAfter"`
	Offline    bool     `json:"offline"`
	Known      bool     `json:"known"`
	Text       string   `json:"text"`
}

// fails runs body, which must reject or throw, and returns its error.
func (r *realm) fails(body string, args ...any) failure {
	r.b.t.Helper()
	return *r.settle(body, args...)
}

// settle runs body, which must fail, inside one of the page's own try blocks.
func (r *realm) settle(body string, args ...any) *failure {
	r.b.t.Helper()
	f := eval[*failure](r, `
		try { await (async () => { `+body+`
		})(); } catch (e) {
			return { name: String(e?.name), code: String(e?.code ?? ""), phase: String(e?.phase ?? ""), message: String(e?.message),
				retryable: e?.retryable === true, status: e?.status || 0, retryAfter: e?.retryAfter ?? null, offline: e?.offline === true,
				known: globalThis.isExactLoginError?.(e) === true, text: String(e) };
		}
		return null;`, args...)
	if f == nil {
		r.b.t.Fatalf("%s: it should have failed:\n%s", r.name, body)
	}
	return f
}

// waitFor waits until body returns something truthy.
func (r *realm) waitFor(body string, args ...any) {
	r.b.t.Helper()
	await[any](r, "!!value", body, args...)
}

// await calls body until what it returns satisfies condition, an expression over `value`, and returns it.
func await[T any](r *realm, condition, body string, args ...any) T {
	r.b.t.Helper()
	type found struct {
		OK    bool            `json:"ok"`
		Value json.RawMessage `json:"value"`
	}
	var last found
	var failed error
	for limit := time.Now().Add(patience); time.Now().Before(limit); pause() {
		// An error is not the end: the page may be between two documents.
		last, failed = try[found](r, fmt.Sprintf("const value = await (async () => { %s\n })(); return { ok: Boolean(%s), value: value ?? null };", body, condition), args...)
		if failed == nil && last.OK {
			var value T
			if err := json.Unmarshal(last.Value, &value); err != nil {
				r.b.t.Fatalf("%s: %s is not a %T", r.name, last.Value, value)
			}
			return value
		}
	}
	now := string(last.Value)
	if failed != nil {
		now = explain(failed)
	}
	r.b.t.Fatalf("%s: waited %v for %s, it is still %s, of\n%s", r.name, patience, condition, now, body)
	panic("unreachable")
}

// eventually waits until done says true; what names it in the failure.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !done(); pause() {
		if time.Now().After(limit) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// pause lies between two looks at a condition.
func pause() { time.Sleep(25 * time.Millisecond) }

// explain gives an exception's own text.
func explain(err error) string {
	var exception *chromedp.ExceptionError
	if errors.As(err, &exception) && exception.ExceptionDetails.Exception != nil {
		return exception.ExceptionDetails.Exception.Description + string(exception.ExceptionDetails.Exception.Value)
	}
	return err.Error()
}

// freeze stops the page's tasks as the browser does with a page in the background; thaw lets it go on.
func (r *realm) freeze() {
	r.b.t.Helper()
	call(r, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: page.SetWebLifecycleStateStateFrozen})
}

func (r *realm) thaw() {
	r.b.t.Helper()
	call(r, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: page.SetWebLifecycleStateStateActive})
}
