package gateway

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"exactlogin/cmd/serve/gateway/standin"
)

func mustURL(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestGateway_su(t *testing.T) {
	for _, options := range []standin.SuOptions{{}, {LaterSpelling: true}, {NumericExpiry: true}, {LaterSpelling: true, NumericExpiry: true}} {
		r, partner := suRig(t, options, nil)
		for range 3 {
			got := r.call("POST", "/gateway/su/SUAPI/jservice/Bookings?hotelid=7", `{"from":"2030-05-04"}`)
			wantStatus(t, got, 200)
			if !strings.Contains(got.body, "SU-1001") {
				t.Errorf("got %s", got.body)
			}
		}
		if partner.Asked() != 1 {
			t.Errorf("asked for %d tokens, want 1", partner.Asked())
		}
		seen := partner.Requests()[0]
		if seen.URI != "/SUAPI/jservice/Bookings?hotelid=7" || seen.Body != `{"from":"2030-05-04"}` ||
			!strings.HasPrefix(seen.Header.Get("Authorization"), "Bearer sandbox_") {
			t.Errorf("the partner saw %+v", seen)
		}
	}
}

func TestGateway_suOfTheWrongEnvironmentIsNeverSent(t *testing.T) {
	r, partner := suRig(t, standin.SuOptions{Environment: "live"}, nil)
	wantProblem(t, r.call("POST", "/gateway/su/SUAPI/jservice/Bookings", "{}"), 502, "wrong-environment")
	wantProblem(t, r.call("POST", "/gateway/su/validate", ""), 502, "wrong-environment")
	if seen := partner.Requests(); len(seen) != 0 {
		t.Errorf("the partner saw %v", seen)
	}
	if s := r.status("su"); s.Valid || s.LastError == nil || s.LastError.Code != "wrong-environment" || s.RetryAt == nil {
		t.Errorf("status %+v", s)
	}
}

func TestGateway_xcover(t *testing.T) {
	partner := standin.NewXCover(standin.XCoverOptions{ClientID: "client", Secret: xcoverSecret, Partner: "P1"})
	server := httptest.NewServer(partner)
	defer server.Close()
	r := newRig(t, fields{"xcover": xcoverFields(server.URL)})
	partner.Now = r.clock.Now

	got := r.call("GET", "/gateway/xcover/api/partners/P1/offers?currency=USD", "")
	wantStatus(t, got, 200)
	got = r.call("POST", "/gateway/xcover/api/partners/P1/quotes/Q7/bookings", "{}")
	wantStatus(t, got, 201)
	location := got.header.Get("Location")
	if !strings.HasPrefix(location, "/gateway/xcover/api/partners/P1/bookings/booking-") {
		t.Fatalf("Location %q", location)
	}
	wantStatus(t, r.call("DELETE", location, ""), 204)
	if partner.Asked() != 1 {
		t.Errorf("asked for %d tokens", partner.Asked())
	}

	s := r.status("xcover")
	if !s.Valid || s.Partner != "P1" || s.Test == nil || !*s.Test || !slices.Equal(s.Scopes, []string{"bookings:create", "bookings:delete"}) {
		t.Errorf("status %+v", s)
	}
	if s.ValidUntil == nil || !s.ValidUntil.After(r.clock.Now()) || s.LastError != nil {
		t.Errorf("status %+v", s)
	}
}

func TestGateway_whatIsNotAllowed(t *testing.T) {
	r, partner := suRig(t, standin.SuOptions{}, fields{"allow": []string{"POST /SUAPI/jservice/Bookings", "GET /SUAPI/jservice/mappings"}})
	for _, test := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"POST", "/gateway/other/x", 404, "unknown-upstream"},
		{"POST", "/gateway/", 404, "unknown-upstream"},
		{"POST", "/elsewhere", 404, "unknown-upstream"},
		{"POST", "/gateway/su", 400, "bad-path"},
		{"POST", "/gateway/su/", 403, "path-not-allowed"},
		{"POST", "/gateway/su/SUAPI/jservice/auth/generate-access-token", 403, "path-not-allowed"},
		{"GET", "/gateway/su/SUAPI/jservice/Bookings", 405, "method-not-allowed"},
		{"POST", "/gateway/su/status", 405, "method-not-allowed"},
		{"GET", "/gateway/su/validate", 405, "method-not-allowed"},
		{"OPTIONS", "/gateway/su/SUAPI/jservice/Bookings", 405, "method-not-allowed"},
		{"POST", "/gateway/su/SUAPI/jservice/../jservice/Bookings", 400, "bad-path"},
		{"POST", "/gateway/su/SUAPI/jservice/%2e%2e/Bookings", 400, "bad-path"},
		{"POST", "/gateway/su/SUAPI/jservice%2fBookings", 400, "bad-path"},
		{"POST", "/gateway/su/SUAPI//jservice/Bookings", 400, "bad-path"},
		{"POST", "/gateway/su/SUAPI/jservice/Bookings%00", 400, "bad-path"},
		{"POST", "/gateway/su/SUAPI/jservice/Bookings;x", 400, "bad-path"},
		{"POST", "/gateway/su/SUAPI/jservice/Bookings%0d%0aX-A:b", 400, "bad-path"},
		{"POST", "/gateway/su/@evil.test/", 403, "path-not-allowed"},
		{"POST", "/gateway/su/http://evil.test/", 400, "bad-path"},
	} {
		got := r.call(test.method, test.path, "")
		wantProblem(t, got, test.status, test.code)
		if test.status == 405 && got.header.Get("Allow") == "" {
			t.Errorf("%s %s: a 405 without Allow", test.method, test.path)
		}
	}
	if len(partner.Requests()) != 0 || partner.Asked() != 0 || r.api.count() != 0 {
		t.Errorf("something was sent: %v, %d tokens, %v", partner.Requests(), partner.Asked(), r.api.asked)
	}
}

func TestGateway_foreignPages(t *testing.T) {
	r, partner := suRig(t, standin.SuOptions{}, nil)
	for _, headers := range []map[string]string{
		{"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"},
		{"Origin": "https://evil.test"},
		{"Origin": "null"},
		{"Sec-Fetch-Site": "same-site"},
		{},
	} {
		for _, method := range []string{"POST", "OPTIONS"} {
			request := r.request(method, "/gateway/su/SUAPI/jservice/Bookings", nil)
			request.Header.Del("Origin")
			request.Header.Del("Sec-Fetch-Site")
			for name, value := range headers {
				request.Header.Set(name, value)
			}
			got := r.do(request)
			wantProblem(t, got, 403, "cross-origin")
			for name := range got.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("a preflight is answered with %s", name)
				}
			}
		}
	}
	if len(partner.Requests()) != 0 || r.api.count() != 0 {
		t.Error("something was sent")
	}
}

// What a hostile caller or partner might try with headers.
func TestGateway_headers(t *testing.T) {
	var seen atomic.Pointer[http.Request]
	r := genericRig(t, fields{"headers": []string{"app-id"}}, func(w http.ResponseWriter, request *http.Request) {
		seen.Store(request)
		header := w.Header()
		for name, value := range map[string]string{
			"Set-Cookie": "a=b", "Access-Control-Allow-Origin": "*", "Clear-Site-Data": `"*"`, "Service-Worker-Allowed": "/",
			"Strict-Transport-Security": "max-age=1", "Www-Authenticate": "Basic", "Refresh": "0;url=//evil.test",
			"Content-Security-Policy": "default-src *", "Cache-Control": "max-age=9", "X-Powered-By": "x", "Location": "//evil.test/x",
			"Content-Type": "text/html", "Etag": `"7"`, "X-Total-Count": "3", "App-Id": "back", "Connection": "X-Total-Count-2",
			"Alt-Svc": "h2=\":1\"", "Server": "partner",
		} {
			header.Set(name, value)
		}
		header.Set("Trailer", "X-Late")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "tea")
		header.Set("X-Late", "1")
		header.Set(http.TrailerPrefix+"Set-Cookie", "late=1")
	})
	request := r.request("POST", "/gateway/p/x", strings.NewReader("body"))
	for name, value := range map[string]string{
		"Cookie": "session=canary", "Proxy-Authorization": "Basic canary", "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "evil.test",
		"Forwarded": "for=1.2.3.4", "X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/admin", "Te": "trailers", "Connection": "Accept, Upgrade",
		"Upgrade": "websocket", "Referer": "https://page.test/secret", "X-Custom": "1", "User-Agent": "browser", "Via": "1.1 x", "Host": "evil.test",
		"Accept": "application/json", "Content-Type": "text/plain", "Idempotency-Key": "k1", "app-id": "forth", "Expect": "", "Proxy-Connection": "x",
	} {
		request.Header.Set(name, value)
	}
	got := r.do(request)

	if got.status != http.StatusTeapot || got.body != "tea" {
		t.Errorf("got %d %q", got.status, got.body)
	}
	sent := seen.Load()
	if want := []string{"App-Id", "Authorization", "Content-Length", "Content-Type", "Idempotency-Key", "User-Agent"}; !slices.Equal(sortedHeaders(without(sent.Header, "Accept-Encoding")), want) {
		t.Errorf("the partner saw  %v\nwant %v", sortedHeaders(sent.Header), want) // Accept was named by Connection
	}
	if sent.Header.Get("Authorization") != "Bearer t1" || sent.Header.Get("User-Agent") != "exactlogin-gateway" ||
		strings.Contains(sent.Host, "evil") || sent.TransferEncoding != nil || len(sent.Trailer) != 0 {
		t.Errorf("the partner saw %+v", sent)
	}
	if want := []string{
		"App-Id", "Cache-Control", "Content-Security-Policy", "Content-Type", "Cross-Origin-Resource-Policy", "Date", "Etag", "Referrer-Policy",
		"X-Content-Type-Options", "X-Total-Count",
	}; !slices.Equal(sortedHeaders(without(got.header, "Content-Length")), want) {
		t.Errorf("the page saw  %v\nwant %v", sortedHeaders(got.header), want)
	}
	if got.header.Get("Cache-Control") != "no-store" || !strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the page saw %v", got.header)
	}
}

func sortedHeaders(header http.Header) []string {
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func without(header http.Header, name string) http.Header {
	header = header.Clone()
	header.Del(name)
	return header
}

func TestGateway_trailersAndEarlyHintsStayBehind(t *testing.T) {
	r := genericRig(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "early=1")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Set-Cookie")
		w.Header().Set("Trailer", "X-Announced")
		w.WriteHeader(200)
		_, _ = io.WriteString(w, "x")
		w.Header().Set("X-Announced", "1")
		w.Header().Set(http.TrailerPrefix+"Set-Cookie", "late=1")
	})
	// Read the raw answer: clients hide 1xx answers and trailers.
	connection, err := net.Dial("tcp", r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	request := r.request("GET", "/gateway/p/x", nil)
	request.Close = true
	if err := request.Write(connection); err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(connection)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	if !strings.HasPrefix(text, "HTTP/1.1 200 ") || strings.Contains(text, "Set-Cookie") || strings.Contains(text, "X-Announced") ||
		strings.Contains(text, " 103 ") {
		t.Errorf("the page's side saw\n%s", text)
	}
}

func TestGateway_smuggledRequests(t *testing.T) {
	var seen atomic.Int32
	r := genericRig(t, fields{"allow": []string{"POST /x"}}, func(_ http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		if request.URL.Path != "/x" {
			t.Errorf("the partner saw %s", request.URL)
		}
		seen.Add(1)
	})
	head := "POST /gateway/p/x HTTP/1.1\r\nHost: " + r.Listener.Addr().String() + "\r\nSec-Fetch-Site: same-origin\r\nAuthorization: " + callerToken + "\r\n"
	inner := "GET /admin HTTP/1.1\r\nHost: partner\r\n\r\n"
	for name, rest := range map[string]string{
		"both lengths":    fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n%s", len(inner)+5, inner),
		"two lengths":     fmt.Sprintf("Content-Length: 0\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
		"odd encoding":    "Transfer-Encoding: xchunked\r\n\r\n" + inner,
		"hidden encoding": fmt.Sprintf("Transfer-Encoding : chunked\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner),
		"signed length":   fmt.Sprintf("Content-Length: +%d\r\n\r\n%s", len(inner), inner),
		"folded header":   "X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
	} {
		seen.Store(0)
		connection, err := net.Dial("tcp", r.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(connection, head+"Connection: close\r\n"+rest); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, bufio.NewReader(connection))
		connection.Close()
		if n := seen.Load(); n > 1 {
			t.Errorf("%s: the partner saw %d requests", name, n)
		}
	}
}

func TestGateway_redirectsAndUpgradesGoNowhere(t *testing.T) {
	var status atomic.Int32
	r := genericRig(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://evil.test/")
		if status.Load() == http.StatusSwitchingProtocols {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "evil")
		}
		w.WriteHeader(int(status.Load()))
	})
	for _, code := range []int{300, 301, 302, 303, 307, 308, 399} {
		status.Store(int32(code))
		got := r.call("POST", "/gateway/p/x", "")
		wantProblem(t, got, 502, "upstream-redirect")
		if got.header.Get("Location") != "" {
			t.Error("the location goes back")
		}
	}
	status.Store(http.StatusSwitchingProtocols)
	wantProblem(t, r.call("GET", "/gateway/p/x", ""), 502, "upstream-failed")
	status.Store(http.StatusNotModified)
	wantStatus(t, r.call("GET", "/gateway/p/x", ""), 304)
}

func TestGateway_locations(t *testing.T) {
	var location atomic.Pointer[string]
	r := genericRig(t, nil, func(w http.ResponseWriter, request *http.Request) {
		w.Header().Set("Location", strings.ReplaceAll(*location.Load(), "SELF", request.Host))
		w.WriteHeader(http.StatusCreated)
	})
	for given, want := range map[string]string{
		"/orders/7":                "/gateway/p/orders/7",
		"/orders/7?x=1":            "/gateway/p/orders/7?x=1",
		"7":                        "/gateway/p/orders/7",
		"http://SELF/orders/7":     "/gateway/p/orders/7",
		"https://SELF/orders/7":    "",
		"//evil.test/orders/7":     "",
		"http://evil.test/7":       "",
		"javascript:alert(1)":      "",
		"/orders/%2e%2e/%2e%2e/7":  "",
		"/orders/%252e":            "",
		"http://SELF@evil.test/7":  "",
		"http://SELF:1/orders/../": "",
	} {
		location.Store(&given)
		if got := r.call("POST", "/gateway/p/orders/", "").header.Get("Location"); got != want {
			t.Errorf("Location %q: got %q, want %q", given, got, want)
		}
	}
}

func TestGateway_theQueryAndThePathPassAsTheyCame(t *testing.T) {
	r := genericRig(t, nil, func(w http.ResponseWriter, request *http.Request) { _, _ = io.WriteString(w, request.RequestURI) })
	for _, uri := range []string{"/a%20b/Z%C3%BCrich?q=%2e%2e&r=a+b", "/x?", "/~a!$&'()*+,=:@", "/x/?a=/../b"} {
		if got := r.call("GET", "/gateway/p"+uri, "").body; strings.TrimSuffix(got, "?") != strings.TrimSuffix(uri, "?") {
			t.Errorf("got %s, want %s", got, uri)
		}
	}
}

// A refused token is asked for anew once, and the request sent a second time.
func TestGateway_refusedToken(t *testing.T) {
	r, partner := suRig(t, standin.SuOptions{}, nil)
	post := func() outcome { return r.call("POST", "/gateway/su/SUAPI/jservice/availability", `{"rooms":3}`) }
	wantStatus(t, post(), 200)
	partner.Revoke()
	wantStatus(t, post(), 200)
	if partner.Asked() != 2 {
		t.Errorf("asked for %d tokens, want 2", partner.Asked())
	}
	seen := partner.Requests()
	if len(seen) != 3 || seen[1].Body != seen[2].Body || seen[1].Header.Get("Authorization") == seen[2].Header.Get("Authorization") {
		t.Errorf("the partner saw %+v", seen)
	}

	// Refused again at once: the answer goes back as it is, nothing is asked for.
	partner.Revoke()
	got := post()
	if got.status != 401 || !strings.Contains(got.body, "Authorization Required") || got.header.Get("Www-Authenticate") != "" {
		t.Errorf("got %d %s %v", got.status, got.body, got.header)
	}
	if partner.Asked() != 2 || len(partner.Requests()) != 4 {
		t.Errorf("asked for %d tokens, %d requests", partner.Asked(), len(partner.Requests()))
	}
	r.clock.move(renewPause)
	wantStatus(t, post(), 200)
}

func TestGateway_everyTokenRefusedEndsAfterTwo(t *testing.T) {
	var tries atomic.Int32
	r := genericRig(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		tries.Add(1)
		http.Error(w, "no", http.StatusUnauthorized)
	})
	if got := r.call("POST", "/gateway/p/x", "body"); got.status != 401 || got.body != "no\n" || tries.Load() != 2 {
		t.Errorf("got %d %q after %d tries, want the partner's 401 after 2", got.status, got.body, tries.Load())
	}
	if got := r.call("POST", "/gateway/p/x", "body"); got.status != 401 || tries.Load() != 3 {
		t.Errorf("got %d after %d tries, want one more", got.status, tries.Load())
	}
}

// What may have been done is never asked for again.
func TestGateway_nothingElseIsSentTwice(t *testing.T) {
	for name, test := range map[string]struct {
		body   func() io.Reader
		answer func(http.ResponseWriter)
		want   int
	}{
		"500":            {func() io.Reader { return strings.NewReader("x") }, func(w http.ResponseWriter) { w.WriteHeader(500) }, 500},
		"503":            {func() io.Reader { return strings.NewReader("x") }, func(w http.ResponseWriter) { w.WriteHeader(503) }, 503},
		"cut":            {func() io.Reader { return strings.NewReader("x") }, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 502},
		"401, large":     {func() io.Reader { return bytes.NewReader(make([]byte, replayable+1)) }, func(w http.ResponseWriter) { w.WriteHeader(401) }, 401},
		"401, unknown":   {func() io.Reader { return io.MultiReader(strings.NewReader("x")) }, func(w http.ResponseWriter) { w.WriteHeader(401) }, 401},
		"403":            {func() io.Reader { return strings.NewReader("x") }, func(w http.ResponseWriter) { w.WriteHeader(403) }, 403},
		"Idempotent cut": {func() io.Reader { return strings.NewReader("x") }, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 502},
	} {
		t.Run(name, func(t *testing.T) {
			var tries atomic.Int32
			r := genericRig(t, nil, func(w http.ResponseWriter, request *http.Request) {
				_, _ = io.Copy(io.Discard, request.Body)
				if request.Method == http.MethodPost {
					tries.Add(1)
					test.answer(w)
				}
			})
			wantStatus(t, r.call("GET", "/gateway/p/warm", ""), 200) // so that a kept connection is used
			request := r.request("POST", "/gateway/p/x", test.body())
			request.Header.Set("Idempotency-Key", "k")
			wantStatus(t, r.do(request), test.want)
			if tries.Load() != 1 {
				t.Errorf("sent %d times", tries.Load())
			}
		})
	}
}

// After a 401 that could not be sent again, the next request has a new token.
func TestGateway_largeBodiesStillRenewTheToken(t *testing.T) {
	r := genericRig(t, nil, func(w http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		if request.Header.Get("Authorization") == "Bearer t1" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	body := strings.Repeat("x", replayable+1)
	wantStatus(t, r.call("POST", "/gateway/p/x", body), 401)
	wantStatus(t, r.call("POST", "/gateway/p/x", body), 200)
}

func TestGateway_200CallersAtExpiryCauseOneTokenRequest(t *testing.T) {
	r, partner := suRig(t, standin.SuOptions{}, nil)
	wantStatus(t, r.call("POST", "/gateway/su/SUAPI/jservice/Bookings", "{}"), 200)
	r.clock.move(partner.Lifetime)
	var callers sync.WaitGroup
	var good atomic.Int32
	for range 200 {
		request := r.request("POST", "/gateway/su/SUAPI/jservice/Bookings", strings.NewReader("{}"))
		callers.Go(func() {
			recorder := httptest.NewRecorder()
			request.Host = r.Listener.Addr().String()
			r.gateway.ServeHTTP(recorder, request)
			if recorder.Code == 200 {
				good.Add(1)
			}
		})
	}
	callers.Wait()
	if good.Load() != 200 || partner.Asked() != 2 {
		t.Errorf("%d of 200 are good; %d token requests, want 1 before expiry and 1 after", good.Load(), partner.Asked())
	}
}

func TestGateway_tokenEndpointDown(t *testing.T) {
	r, partner := suRig(t, standin.SuOptions{}, nil)
	partner.Fail(503, 503)
	post := func() outcome { return r.call("POST", "/gateway/su/SUAPI/jservice/Bookings", "{}") }
	for range 5 {
		got := post()
		wantProblem(t, got, 502, "token-unavailable")
		if got.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
		}
	}
	if partner.Asked() != 1 {
		t.Errorf("asked %d times, want once", partner.Asked())
	}
	if s := r.status("su"); s.LastError == nil || s.LastError.Code != "token-unavailable" || !s.LastError.At.Equal(r.clock.Now()) || s.RetryAt == nil {
		t.Errorf("status %+v", s)
	}
	r.clock.move(firstBackoff)
	wantProblem(t, post(), 502, "token-unavailable")
	r.clock.move(2 * firstBackoff)
	wantStatus(t, post(), 200)
	if s := r.status("su"); !s.Valid || s.RetryAt != nil || s.LastError == nil {
		t.Errorf("status %+v", s)
	}
}

func TestGateway_bodiesHaveALimit(t *testing.T) {
	var read atomic.Int64
	r := genericRig(t, fields{"maxBody": 100_000}, func(_ http.ResponseWriter, request *http.Request) {
		n, _ := io.Copy(io.Discard, request.Body)
		read.Store(n)
	})
	wantStatus(t, r.call("POST", "/gateway/p/x", strings.Repeat("x", 100_000)), 200)
	if read.Load() != 100_000 {
		t.Errorf("the partner read %d bytes", read.Load())
	}
	r.clock.move(defaultRemember)
	asked := r.api.count()
	wantProblem(t, r.call("POST", "/gateway/p/x", strings.Repeat("x", 100_001)), 413, "body-too-large")
	if r.api.count() != asked {
		t.Error("a request that is too large by its own word is looked into")
	}

	// Of unknown length: found out on the way, and never seen whole.
	request := r.request("POST", "/gateway/p/x", io.MultiReader(strings.NewReader(strings.Repeat("x", 100_001))))
	recorder := httptest.NewRecorder()
	request.Host = r.Listener.Addr().String()
	request.ContentLength = -1
	r.gateway.ServeHTTP(recorder, request)
	wantProblem(t, outcome{recorder.Code, recorder.Header(), recorder.Body.String()}, 413, "body-too-large")
}

func TestGateway_streamsBothWays(t *testing.T) {
	r := genericRig(t, nil, func(w http.ResponseWriter, request *http.Request) {
		controller := http.NewResponseController(w)
		if err := controller.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		_ = controller.Flush()
		lines := bufio.NewScanner(request.Body)
		for lines.Scan() {
			fmt.Fprintf(w, "echo %s\n", lines.Text())
			_ = controller.Flush()
		}
	})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex() // as HTTP/2 is by itself
		r.gateway.ServeHTTP(w, request)
	}))
	defer front.Close()
	body, writer := io.Pipe()
	request := r.request("POST", "/gateway/p/x", body)
	request.URL = mustURL(t, front.URL+"/gateway/p/x")
	request.Header.Del("Origin") // the front's port differs
	response, err := front.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answers := bufio.NewReader(response.Body)
	for i := range 5 { // each line is answered before the next is sent
		fmt.Fprintf(writer, "line %d\n", i)
		if got, err := answers.ReadString('\n'); err != nil || got != fmt.Sprintf("echo line %d\n", i) {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	writer.Close()
	if rest, err := io.ReadAll(answers); err != nil || len(rest) != 0 {
		t.Errorf("got %q, %v at the end", rest, err)
	}
}

func TestGateway_timesOut(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	r := genericRig(t, fields{"timeout": "50ms"}, func(w http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/half" {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-release:
		case <-request.Context().Done():
		}
	})
	wantProblem(t, r.call("POST", "/gateway/p/x", "body"), 504, "upstream-timeout")

	// In the middle of an answer: the connection is cut, so that nobody takes
	// half an answer for a whole one.
	eventually(t, "half an answer is cut", func() bool {
		response, err := r.Client().Do(r.request("GET", "/gateway/p/half", nil))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if response.StatusCode == http.StatusGatewayTimeout {
			return false // not even half of it came in time: the machine is busy
		}
		if err == nil || string(body) != "half" {
			t.Fatalf("got %q, %v; want a cut after the half", body, err)
		}
		return true
	})
	eventually(t, "the log tells of the cut", func() bool { return strings.Contains(r.log.String(), `"code":"answer-cut"`) })

	// A caller that stops sending frees the connection too.
	connection, err := net.Dial("tcp", r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "POST /gateway/p/x HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-origin\r\nAuthorization: %s\r\nContent-Length: 10\r\n\r\nhalf",
		r.Listener.Addr(), callerToken)
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusGatewayTimeout {
		t.Errorf("got %d", answer.StatusCode)
	}
}

func TestGateway_unreachable(t *testing.T) {
	r := genericRig(t, nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	wantProblem(t, r.call("POST", "/gateway/p/x?canary-query=1", "body"), 502, "upstream-unreachable")
	if strings.Contains(r.log.String(), "canary-query") {
		t.Error("the log has the query")
	}
}

func TestGateway_anAbortReachesThePartner(t *testing.T) {
	arrived, gone := make(chan struct{}), make(chan struct{})
	r := genericRig(t, nil, func(_ http.ResponseWriter, request *http.Request) {
		close(arrived)
		<-request.Context().Done()
		close(gone)
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := r.Client().Do(r.request("GET", "/gateway/p/x", nil).WithContext(ctx)); err == nil {
		t.Error("no error")
	}
	<-gone
	eventually(t, "the log tells that the caller is gone", func() bool { return strings.Contains(r.log.String(), "caller-gone") })
}

func TestGateway_validate(t *testing.T) {
	r, partner := suRig(t, standin.SuOptions{}, nil)
	validate := func() outcome { return r.call("POST", "/gateway/su/validate", "") }
	if got := validate(); got.status != 200 || got.body != `{"valid":true,"status":200}` {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if seen := partner.Requests(); len(seen) != 1 || seen[0].Method != "GET" || seen[0].Header.Get("App-Id") != "" || seen[0].Header.Get("Cookie") != "" {
		t.Errorf("the partner saw %+v", seen)
	}
	partner.Revoke()
	if got := validate(); got.status != 200 || got.body != `{"valid":false,"status":401}` {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := validate(); got.body != `{"valid":true,"status":200}` {
		t.Errorf("the refused token is kept: %s", got.body)
	}

	r = genericRig(t, nil, func(http.ResponseWriter, *http.Request) {})
	wantProblem(t, r.call("POST", "/gateway/p/validate", ""), 404, "no-validate")

	for answer, want := range map[string]string{
		`{"Error":{"Code":"1","ShortText":"Authorization Required"},"Status":"Fail"}`:   `{"valid":false,"status":200}`,
		`[{"Error":{"Code":"1","ShortText":"authorization required"},"Status":"Fail"}]`: `{"valid":false,"status":200}`,
		`{"Error":{"Code":"2","ShortText":"no such hotel"},"Status":"Fail"}`:            `{"valid":true,"status":200}`,
		"OK": `{"valid":true,"status":200}`,
	} {
		r := genericRig(t, fields{"validate": "/check"}, reply(200, answer))
		if got := r.call("POST", "/gateway/p/validate", ""); got.body != want {
			t.Errorf("%s: got %s", answer, got.body)
		}
	}
	r = genericRig(t, fields{"validate": "/check"}, reply(500, ""))
	wantProblem(t, r.call("POST", "/gateway/p/validate", ""), 502, "upstream-failed")
}

// Nothing secret is seen in any answer, in the log, or by the wrong side.
func TestGateway_secretsStayWhereTheyBelong(t *testing.T) {
	r, partner := suRig(t, standin.SuOptions{}, nil)
	var answers strings.Builder
	note := func(o outcome) { fmt.Fprintln(&answers, o.status, o.header, o.body) }
	note(r.call("POST", "/gateway/su/SUAPI/jservice/Bookings", "{}"))
	note(r.call("GET", "/gateway/su/status", ""))
	note(r.call("POST", "/gateway/su/validate", ""))
	token := strings.TrimPrefix(partner.Requests()[0].Header.Get("Authorization"), "Bearer ")
	if !strings.HasPrefix(token, "sandbox_") {
		t.Fatalf("the partner's token is %q: nothing to search for", token)
	}
	partner.Revoke()
	note(r.call("POST", "/gateway/su/SUAPI/jservice/Bookings", "{}"))
	partner.Fail(401)
	r.clock.move(partner.Lifetime)
	note(r.call("POST", "/gateway/su/SUAPI/jservice/Bookings?q=canary-query", "{}"))
	note(r.call("GET", "/gateway/su/status", ""))
	for _, canary := range []string{callerToken, suSecret, token, "sandbox_", "aG90ZWwudGVzdA"} {
		if strings.Contains(answers.String(), canary) {
			t.Errorf("an answer has %s:\n%s", canary, answers.String())
		}
		if strings.Contains(r.log.String(), canary) {
			t.Errorf("the log has %s:\n%s", canary, r.log.String())
		}
	}
	if strings.Contains(r.log.String(), "canary") || !strings.Contains(r.log.String(), "token-refused") {
		t.Errorf("the log has\n%s", r.log.String())
	}
	for _, seen := range partner.Requests() {
		if strings.Contains(fmt.Sprint(seen), callerToken) || strings.Contains(fmt.Sprint(seen), suSecret) {
			t.Errorf("a call has what it should not: %+v", seen)
		}
	}
}

func TestGateway_observations(t *testing.T) {
	r, partner := suRig(t, standin.SuOptions{}, nil)
	var seen []string
	r.gateway.options.Observe = func(o Observation) {
		seen = append(seen, fmt.Sprint(o.Kind, " ", o.Upstream, " ", o.Rule, " ", o.Status, " ", o.Code, " ", o.Retried))
	}
	serve := func(method, path string) {
		request := r.request(method, path, nil)
		request.Host = r.Listener.Addr().String()
		r.gateway.ServeHTTP(httptest.NewRecorder(), request)
	}
	serve("POST", "/gateway/su/SUAPI/jservice/Bookings")
	partner.Revoke()
	serve("POST", "/gateway/su/SUAPI/jservice/Bookings")
	serve("GET", "/gateway/su/status")
	serve("GET", "/gateway/hostile-name/x")
	want := []string{
		"token su  0  false", "request su POST /SUAPI/jservice/ 200  false", "token su  0  false", "request su POST /SUAPI/jservice/ 200  true",
		"request su status 200  false", "request   404 unknown-upstream false",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("got  %q\nwant %q", seen, want)
	}
}

// BenchmarkOverhead sends each call through a bare reverse proxy and through
// the gateway in turn, and reports both medians and their ratio.
func BenchmarkOverhead(b *testing.B) {
	partner := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"Status":"Success"}`) }
	r := genericRig(b, nil, partner)
	bare := httptest.NewServer(httputil.NewSingleHostReverseProxy(r.gateway.config.Upstreams["p"].URL))
	defer bare.Close()
	client := r.Client()
	call := func(base string) time.Duration {
		request := r.request("GET", "/gateway/p/x", nil)
		request.URL = mustURL(b, base+"/gateway/p/x")
		start := time.Now()
		response, err := client.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		return time.Since(start)
	}
	var direct, through []time.Duration
	for b.Loop() {
		direct, through = append(direct, call(bare.URL)), append(through, call(r.URL))
	}
	slices.Sort(direct)
	slices.Sort(through)
	before, after := direct[len(direct)/2], through[len(through)/2]
	b.ReportMetric(float64(before.Microseconds()), "bare-p50-µs")
	b.ReportMetric(float64(after.Microseconds()), "gateway-p50-µs")
	b.ReportMetric(float64(after)/float64(before), "×bare")
}
