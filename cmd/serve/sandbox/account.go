package sandbox

import "net/http"

const noPermission = "You do not have permission to do this."

// account is GET /account/{account}.
func (s *Sandbox) account(w http.ResponseWriter, r *http.Request, t *token) {
	id := r.PathValue("account")
	if !t.may("accounts.read") || !t.reaches(id) {
		writeText(w, http.StatusUnauthorized, noPermission) // 401 for a permission too, as documented
		return
	}
	names := map[string]string{mainAccountID: "Main account", sideAccountID: "Side account"}
	name, ok := names[id]
	if !ok {
		writeText(w, http.StatusNotFound, "Account not found.")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"id": id, "name": name, "organization": organizationID, "currency": "USD", "disabled": false,
	})
}

// organization is GET /organization/{organization}.
func (s *Sandbox) organization(w http.ResponseWriter, r *http.Request, t *token) {
	id := r.PathValue("organization")
	if !t.may("organizations.read") || !t.reaches(id) {
		writeText(w, http.StatusUnauthorized, noPermission)
		return
	}
	if id != organizationID {
		writeText(w, http.StatusNotFound, "Organization not found.")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"id": id, "name": "Sandbox organization", "accounts": []string{mainAccountID, sideAccountID}, "disabled": false,
	})
}
