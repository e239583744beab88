package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxEcho is how much of a body /_fixture/echo sends back, in bytes.
const maxEcho = 64 << 10

// Fixtures are the answers that tests of fetch need and no API gives, under
// /_fixture/. Every origin may read them, with credentials too, unless the
// query says cors=off:
//
//	echo                   JSON {method, url, headers, length, sha256, body (base64, ≤ 64 KiB)}
//	respond?status=&text=&header=Name:value&body=   exactly that; header can be repeated
//	bytes?n=               n bytes with Content-Length; byte i is i mod 251
//	redirect?to=&status=   302 if no status is given
//	gate/ID                headers at once, then a chunk for each POST gate/ID/next?body=
//	                       until POST gate/ID/end, or POST gate/ID/cut, which breaks it off;
//	                       GET gate/ID/state → {open, closed, sent, bytes}
//	sink/ID                reads the body only as far as POST sink/ID/next?n= allows, then answers
//	                       {received}; GET sink/ID/state → {open, closed, ended, received, allowed}
func Fixtures() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/_fixture/echo", echo)
	mux.HandleFunc("/_fixture/respond", respond)
	mux.HandleFunc("/_fixture/bytes", patternBytes)
	mux.HandleFunc("/_fixture/redirect", redirect)
	newGates().register(mux)
	newSinks().register(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cors") != "off" {
			allowAll(w.Header(), r)
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
}

// allowAll sets CORS headers that let every request through.
func allowAll(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	if method := r.Header.Get("Access-Control-Request-Method"); method != "" {
		h.Set("Access-Control-Allow-Methods", method)
		h.Set("Access-Control-Max-Age", "0")
	}
	if names := r.Header.Get("Access-Control-Request-Headers"); names != "" {
		h.Set("Access-Control-Allow-Headers", names)
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	hash := sha256.New()
	var body []byte
	length, buffer := int64(0), make([]byte, 32<<10)
	for {
		n, err := r.Body.Read(buffer)
		hash.Write(buffer[:n])
		length += int64(n)
		body = append(body, buffer[:min(n, maxEcho-len(body))]...)
		if err == io.EOF {
			break
		}
		if err != nil {
			return // the caller is gone
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"method": r.Method, "url": r.URL.RequestURI(), "headers": lowerHeaders(r), "length": length,
		"sha256": hex.EncodeToString(hash.Sum(nil)), "body": base64.StdEncoding.EncodeToString(body),
	})
}

func respond(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	query := r.URL.Query()
	status, ok := statusFrom(w, query.Get("status"), http.StatusOK)
	if !ok {
		return
	}
	header := w.Header()
	header["Content-Type"] = nil // none but the given
	var names []string
	for _, line := range query["header"] {
		name, value, _ := strings.Cut(line, ":")
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		if !slices.Contains(names, name) {
			names = append(names, name)
			header.Del(name)
		}
		header.Add(name, strings.TrimSpace(value))
	}
	if len(names) > 0 {
		header.Set("Access-Control-Expose-Headers", strings.Join(names, ", "))
	}
	body := query.Get("body")
	if text := query.Get("text"); text != "" && r.ProtoMajor == 1 && !strings.ContainsAny(text, "\r\n") {
		// A status text of one's own is not for http.ResponseWriter.
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			defer conn.Close()
			response := http.Response{
				Status: strconv.Itoa(status) + " " + text, StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Request: r,
				Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Close: true,
			}
			_ = response.Write(conn)
			return
		}
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// statusFrom reads a status of a final answer.
func statusFrom(w http.ResponseWriter, text string, missing int) (int, bool) {
	if text == "" {
		return missing, true
	}
	status, err := strconv.Atoi(text)
	if err != nil || status < 200 || status > 599 {
		writeText(w, http.StatusBadRequest, "status: expected 200 to 599")
		return 0, false
	}
	return status, true
}

func patternBytes(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseInt(r.URL.Query().Get("n"), 10, 64)
	if err != nil || n < 0 {
		writeText(w, http.StatusBadRequest, "n: expected a number of bytes")
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
	if r.Method == http.MethodHead {
		return
	}
	block := make([]byte, 251*256)
	for i := range block {
		block[i] = byte(i % 251)
	}
	for n > 0 {
		part := block[:min(n, int64(len(block)))]
		if _, err := w.Write(part); err != nil {
			return
		}
		n -= int64(len(part))
	}
}

func redirect(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	status, ok := statusFrom(w, r.URL.Query().Get("status"), http.StatusFound)
	if !ok {
		return
	}
	w.Header().Set("Location", r.URL.Query().Get("to"))
	w.WriteHeader(status)
}
