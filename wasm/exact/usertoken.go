package exact

// Caps on what is kept of an answer. They are far above anything documented
// (ids have 24 characters, there are about 90 permissions) and keep a broken
// or hostile server from filling the worker's memory.
const (
	maxField   = 256  // bytes of one string
	maxEntries = 2000 // entries of one list
)

// UserToken is what POST /token tells about a session. The token itself is not
// in it: the host has taken it out. Exact marks no field as required, so each
// may be empty.
type UserToken struct {
	ExpiresAt   int64 // ms since 1970, 0 unknown
	User        string
	Account     string
	AccountType string // "organization", "account" or unknown
	Application string
	Mode        string   // "test" or "live"
	Permissions []string // "resource.action", an open set
	Accounts    []string // organizations and accounts within reach
}

// ReadUserToken reads the decoded answer. Missing, unknown and oddly typed
// fields are left empty; they never spoil the others.
func ReadUserToken(answer any) UserToken {
	object, _ := answer.(map[string]any)
	token := UserToken{
		User:        field(object, "user"),
		Account:     field(object, "account"),
		AccountType: field(object, "accountType"),
		Application: field(object, "application"),
		Mode:        field(object, "mode"),
		Permissions: list(object, "allowedPermissions"),
		Accounts:    list(object, "allowedAccounts"),
	}
	token.ExpiresAt, _ = ParseTime(field(object, "expiresAt"))
	return token
}

// field returns a string member, "" if it is anything else or too long: half
// an id would be worse than none.
func field(object map[string]any, name string) string {
	s, _ := object[name].(string)
	if len(s) > maxField {
		return ""
	}
	return s
}

// list returns the strings of a member that is a list.
func list(object map[string]any, name string) []string {
	values, _ := object[name].([]any)
	var kept []string
	for _, value := range values {
		if s, ok := value.(string); ok && s != "" && len(s) <= maxField && len(kept) < maxEntries {
			kept = append(kept, s)
		}
	}
	return kept
}
