package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"sync"
	"time"

	"exactlogin/cmd/serve/static"
)

// reportPath is where browsers tell of what a Content-Security-Policy stopped.
const reportPath = "/csp-report"

const (
	maxReport      = 16 << 10 // bytes of a request
	maxReports     = 8        // of one request
	reportsAMinute = 60       // in the log; all are counted
)

// reports takes the reports of browsers, in both forms there are: report-uri's
// (CSP 3, 5.3) and the Reporting API's. Anybody can send them, so they are
// bounded; addresses are cut down to origin and path, since a query or a
// fragment may be a secret.
type reports struct {
	observer *observer
	mu       sync.Mutex
	minute   int64
	logged   int
}

// violation is what is used of a report; names in both spellings.
type violation struct {
	Document  string `json:"document-uri"`
	Document2 string `json:"documentURL"`
	Directive string `json:"effective-directive"`
	Violated  string `json:"violated-directive"`
	Effective string `json:"effectiveDirective"`
	Blocked   string `json:"blocked-uri"`
	Blocked2  string `json:"blockedURL"`
}

func (h *reports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, text string, more ...static.Field) {
		static.Text(status, text, more...).Serve(w, r)
	}
	if r.Method != http.MethodPost {
		refuse(http.StatusMethodNotAllowed, "Reports are posted here.", static.Field{Name: "Allow", Value: "POST"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReport))
	if err != nil {
		refuse(http.StatusRequestEntityTooLarge, "The report is too long.")
		return
	}
	var found []violation
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/csp-report", "application/json":
		var one struct {
			Report violation `json:"csp-report"`
		}
		err = json.Unmarshal(body, &one)
		found = []violation{one.Report}
	case "application/reports+json":
		var many []struct {
			Type string    `json:"type"`
			Body violation `json:"body"`
		}
		err = json.Unmarshal(body, &many)
		for _, one := range many {
			if one.Type == "csp-violation" && len(found) < maxReports {
				found = append(found, one.Body)
			}
		}
	default:
		refuse(http.StatusUnsupportedMediaType, "Reports are application/csp-report or application/reports+json.")
		return
	}
	if err != nil {
		refuse(http.StatusBadRequest, "The report is not what its type says.")
		return
	}
	for _, v := range found {
		h.observer.reports.Add(1)
		if h.may(time.Now()) {
			h.observer.messages.Warn("blocked by the Content-Security-Policy",
				slog.String("directive", clip(first(v.Directive, v.Effective, v.Violated))),
				slog.String("blocked", withoutSecrets(first(v.Blocked, v.Blocked2))),
				slog.String("page", withoutSecrets(first(v.Document, v.Document2))))
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// may is whether one more report may be logged.
func (h *reports) may(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if minute := now.Unix() / 60; minute != h.minute {
		h.minute, h.logged = minute, 0
	}
	h.logged++
	return h.logged <= reportsAMinute
}

// withoutSecrets keeps what an address says about where, and nothing else. Words
// such as "inline" stay as they are.
func withoutSecrets(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return ""
	case u.Scheme == "data" || u.Scheme == "blob" || u.Opaque != "":
		return u.Scheme + ":"
	}
	return clip((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String())
}

func clip(text string) string { return text[:min(len(text), 200)] }

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
