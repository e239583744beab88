package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// maxApplicationTokens bounds what one sandbox keeps.
const maxApplicationTokens = 1000

// An applicationToken is what lists show of one: never the secret.
type applicationToken struct {
	ID                 string   `json:"id"`
	Label              string   `json:"label"`
	Type               string   `json:"type"`
	AllowedPermissions []string `json:"allowedPermissions"`
	CreatedAt          string   `json:"createdAt"`
}

func (a applicationToken) field(name string) any {
	switch name {
	case "id":
		return a.ID
	case "label":
		return a.Label
	case "createdAt":
		return a.CreatedAt
	}
	return nil
}

// createToken is POST /application/{application}/token, also for one
// organization or account. Only a person makes tokens, not another token.
func (s *Sandbox) createToken(w http.ResponseWriter, r *http.Request, t *token) {
	application, ok := s.mayManage(w, r, t, "application-tokens.create")
	if !ok {
		return
	}
	accounts := t.accounts
	if account := r.PathValue("account"); account != "" {
		isOrganization := strings.Contains(r.URL.Path, "/organization/")
		if !t.reaches(account) || isOrganization != (account == organizationID) {
			writeText(w, http.StatusUnauthorized, noPermission)
			return
		}
		accounts = []string{account}
	}
	object, ok := readObject(w, r)
	if !ok {
		return
	}
	f := form{object: object}
	f.only("label", "permissions")
	label := f.text("label", true)
	permissions := f.permissions(t.permissions)
	if f.issues != nil {
		writeIssues(w, f.issues)
		return
	}
	secret := newSecret("a2")
	s.mu.Lock()
	made := 0
	for _, other := range s.tokens {
		if other.label != nil {
			made++
		}
	}
	if made >= maxApplicationTokens {
		s.mu.Unlock()
		writeText(w, http.StatusServiceUnavailable, "The sandbox keeps no more application tokens: delete some.")
		return
	}
	about := &applicationToken{
		ID: "64d0" + randomHex(10), Label: label, Type: "application",
		AllowedPermissions: permissions, CreatedAt: timestamp(s.nowLocked()),
	}
	s.tokens[keyOf(secret)] = &token{
		key: keyOf(secret), application: application, accounts: accounts, permissions: permissions, label: about,
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusCreated, map[string]any{
		"id": about.ID, "label": label, "type": about.Type, "token": secret,
		"allowedPermissions": permissions, "allowedAccounts": accounts,
	})
}

// permissions reads a list of one or more, each within the creator's own.
func (f *form) permissions(own []string) []string {
	value, present := f.object["permissions"]
	values, ok := value.([]any)
	if !ok {
		f.mistyped("array", value, present, "permissions")
		return nil
	}
	if len(values) == 0 {
		f.fail("too_small", "Array must contain at least 1 element(s)", "permissions")
	}
	var permissions []string
	for i, value := range values {
		permission, ok := value.(string)
		switch {
		case !ok:
			f.mistyped("string", value, true, "permissions", i)
		case !slices.Contains(own, permission):
			f.fail("custom", fmt.Sprintf("%q is not a permission of your own", permission), "permissions", i)
		case !slices.Contains(permissions, permission):
			permissions = append(permissions, permission)
		}
	}
	return permissions
}

// mayManage checks the application and the permission.
func (s *Sandbox) mayManage(w http.ResponseWriter, r *http.Request, t *token, permission string) (string, bool) {
	application := r.PathValue("application")
	switch {
	case t.label != nil || !t.may(permission):
		writeText(w, http.StatusUnauthorized, noPermission)
	case !s.knowsApplication(application):
		writeText(w, http.StatusNotFound, "Application not found.")
	default:
		return application, true
	}
	return "", false
}

// listTokens is GET /application/{application}/token.
func (s *Sandbox) listTokens(w http.ResponseWriter, r *http.Request, t *token) {
	application, ok := s.mayManage(w, r, t, "application-tokens.read")
	if !ok {
		return
	}
	var items []applicationToken
	s.mu.Lock()
	for _, other := range s.tokens {
		if other.manageableBy(t, application) {
			items = append(items, *other.label)
		}
	}
	s.mu.Unlock()
	slices.SortFunc(items, func(a, b applicationToken) int { // newest first
		return strings.Compare(b.CreatedAt+b.ID, a.CreatedAt+a.ID)
	})
	if err := writeList(w, r.URL.Query(), items); err != nil {
		writeIssues(w, []issue{{Code: "custom", Path: []any{err.parameter}, Message: err.message}})
	}
}

// deleteToken is DELETE /application/{application}/token/{token}.
func (s *Sandbox) deleteToken(w http.ResponseWriter, r *http.Request, t *token) {
	application, ok := s.mayManage(w, r, t, "application-tokens.delete")
	if !ok {
		return
	}
	s.mu.Lock()
	found := false
	for key, other := range s.tokens {
		if other.manageableBy(t, application) && other.label.ID == r.PathValue("token") {
			delete(s.tokens, key)
			found = true
		}
	}
	s.mu.Unlock()
	if !found {
		writeText(w, http.StatusNotFound, "Token not found.")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// manageableBy tells application tokens of this application whose accounts
// are all within the person's reach.
func (t *token) manageableBy(person *token, application string) bool {
	return t.label != nil && t.application == application &&
		!slices.ContainsFunc(t.accounts, func(account string) bool { return !person.reaches(account) })
}
