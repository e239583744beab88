package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxFailures is how many consecutive failures an account survives: it is
// locked after more than five.
const maxFailures = 5

// maxTokens bounds what is kept; the longest unused user token goes first.
const maxTokens = 10_000

// A tokenKey is a token's hash, so that looking one up tells nothing by time.
type tokenKey [sha256.Size]byte

func keyOf(secret string) tokenKey { return sha256.Sum256([]byte(secret)) }

// A token is what the server remembers of a secret it gave out.
type token struct {
	key         tokenKey
	used        time.Time // the last accepted call, or the log-in
	application string
	accounts    []string
	permissions []string
	label       *applicationToken // nil for a user token
}

func (t *token) may(permission string) bool { return slices.Contains(t.permissions, permission) }

func (t *token) reaches(account string) bool { return slices.Contains(t.accounts, account) }

// newSecret is an opaque token of 80 characters, as Exact's samples are.
func newSecret(version string) string { return randomHex(39) + version }

// emailShape is as much of an address's grammar as a form needs.
var emailShape = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)

// login is POST /token.
func (s *Sandbox) login(w http.ResponseWriter, r *http.Request) {
	object, ok := readObject(w, r)
	if !ok {
		return
	}
	f := form{object: object}
	f.only("email", "password", "application", "mode")
	email, password := strings.ToLower(f.text("email", true)), f.text("password", true)
	if email != "" && !emailShape.MatchString(email) {
		f.fail("invalid_string", "Invalid email", "email")
	}
	named, mode := f.text("application", false), f.text("mode", false)
	if _, present := object["mode"]; present && mode != "test" && mode != "live" {
		f.fail("invalid_enum_value", "Invalid enum value. Expected 'test' | 'live'", "mode")
	}
	if f.issues != nil {
		writeIssues(w, f.issues)
		return
	}
	if named == "" {
		named = r.Header.Get("X-Application-Id")
	}
	application := s.applicationOf(r.Header.Values("Origin"), named)
	if application == "" {
		writeText(w, http.StatusNotFound, "Application not found.")
		return
	}
	u, status, text := s.checkPassword(email, password)
	if status != 0 {
		writeText(w, status, text)
		return
	}
	if mode == "" {
		mode = "test"
	}
	s.issue(w, u, application, mode)
}

// applicationOf finds the application: a registered Origin tells, else the
// caller; an Origin that tells nothing is nobody's, no Origin is the default's.
func (s *Sandbox) applicationOf(origins []string, named string) string {
	if len(origins) == 1 {
		if application, ok := s.origins[origins[0]]; ok {
			return application
		}
	}
	switch {
	case named != "" && s.knowsApplication(named):
		return named
	case named == "" && len(origins) == 0:
		return DefaultApplication
	}
	return ""
}

func (s *Sandbox) knowsApplication(name string) bool {
	if name == DefaultApplication {
		return true
	}
	for _, application := range s.origins {
		if application == name {
			return true
		}
	}
	return false
}

// checkPassword says who it is, or the status and text of the refusal.
func (s *Sandbox) checkPassword(email, password string) (*user, int, string) {
	u := findUser(email)
	known := u != nil
	if !known {
		u = &people[0] // compared all the same, so that time tells nothing
	}
	want, got := sha256.Sum256([]byte(u.Password)), sha256.Sum256([]byte(password))
	right := subtle.ConstantTimeCompare(want[:], got[:]) == 1
	if !known || u.condition == invited {
		return nil, http.StatusNotFound, "User not found."
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	const lockedText = "The user is locked after too many failed attempts, or by a manager."
	switch {
	case u.condition == locked || s.failures[email] > maxFailures:
		return nil, http.StatusLocked, lockedText
	case u.condition == disabled:
		return nil, http.StatusUnauthorized, "The account is disabled."
	case !right:
		s.failures[email]++
		if s.failures[email] > maxFailures {
			return nil, http.StatusLocked, lockedText
		}
		return nil, http.StatusUnauthorized, "Wrong credentials."
	case u.condition == passwordExpired:
		return nil, http.StatusForbidden, "The password has expired."
	}
	delete(s.failures, email)
	return u, 0, ""
}

// issue makes a user token and answers with it.
func (s *Sandbox) issue(w http.ResponseWriter, u *user, application, mode string) {
	secret := newSecret("v2")
	s.mu.Lock()
	now, lifetime := s.nowLocked(), s.switches.Lifetime
	s.forgetTokens()
	s.tokens[keyOf(secret)] = &token{
		key: keyOf(secret), used: now, application: application, accounts: u.accounts, permissions: u.permissions,
	}
	changes := s.switches.Answer
	s.mu.Unlock()

	answer := map[string]any{
		"token": secret, "expiresAt": expiry(now, lifetime), "isAuthenticated": true, "mode": mode, "type": "user",
		"user": u.id, "application": application, "account": u.account, "accountType": u.accountType,
		"allowedPermissions": list(u.permissions), "allowedAccounts": list(u.accounts), "apiVersion": "1.0.0",
	}
	for key, value := range changes {
		if string(value) == "null" {
			delete(answer, key)
		} else {
			answer[key] = json.RawMessage(value)
		}
	}
	writeJSON(w, http.StatusCreated, answer)
}

// forgetTokens drops ended tokens, and the longest unused one of too many.
func (s *Sandbox) forgetTokens() {
	var oldest *token
	for key, t := range s.tokens {
		if t.label != nil {
			continue
		}
		if s.endedLocked(t) {
			delete(s.tokens, key)
		} else if oldest == nil || t.used.Before(oldest.used) {
			oldest = t
		}
	}
	if len(s.tokens) >= maxTokens && oldest != nil {
		delete(s.tokens, oldest.key)
	}
}

// endedLocked is the rule of inactivity. Application tokens do not end.
func (s *Sandbox) endedLocked(t *token) bool {
	return t.label == nil && s.nowLocked().Sub(t.used) >= time.Duration(s.switches.Lifetime)*time.Millisecond
}

// signedIn lets a request through that carries a valid token: the bare value,
// without "Bearer". A call that succeeds extends the token's life.
func (s *Sandbox) signedIn(handle func(http.ResponseWriter, *http.Request, *token)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sent := r.Header.Values("Authorization")
		var t *token
		var arrived time.Time
		if len(sent) == 1 {
			s.mu.Lock()
			arrived = s.nowLocked()
			if t = s.tokens[keyOf(sent[0])]; t != nil && s.endedLocked(t) {
				delete(s.tokens, t.key)
				t = nil
			}
			s.mu.Unlock()
		}
		if t == nil {
			writeText(w, http.StatusUnauthorized, "Invalid or expired token.")
			return
		}
		handle(&answerWriter{ResponseWriter: w, before: func(status int) {
			if status < 400 {
				s.extend(t, arrived)
			}
		}}, r, t)
	}
}

func (s *Sandbox) extend(t *token, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.switches.Sliding && at.After(t.used) {
		t.used = at
	}
}

// renew is PUT /token, of old and undocumented: the same token, a later end.
func (s *Sandbox) renew(w http.ResponseWriter, _ *http.Request, t *token) {
	if t.label != nil {
		writeText(w, http.StatusUnauthorized, noPermission)
		return
	}
	s.mu.Lock()
	t.used = s.nowLocked()
	expires := expiry(t.used, s.switches.Lifetime)
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]string{"expiresAt": expires})
}

// logout is DELETE /token, of old and undocumented: the token ends.
func (s *Sandbox) logout(w http.ResponseWriter, _ *http.Request, t *token) {
	if t.label != nil {
		writeText(w, http.StatusUnauthorized, noPermission)
		return
	}
	s.mu.Lock()
	delete(s.tokens, t.key)
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// RevokeAll ends every user token, as a server that lost its memory would.
func (s *Sandbox) RevokeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, t := range s.tokens {
		if t.label == nil {
			delete(s.tokens, key)
		}
	}
}

// expiry is when a token last used then ends, as Exact writes times.
func expiry(used time.Time, lifetime int64) string {
	return timestamp(used.Add(time.Duration(lifetime) * time.Millisecond))
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// list is items as JSON wants them: never null.
func list(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}
