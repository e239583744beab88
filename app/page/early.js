// Before anything is painted: whoever was signed in a moment ago sees the console's outline, not the form.
try {
  if (sessionStorage.getItem("view") === "signed-in") document.documentElement.dataset.view = "restoring";
} catch {
  // No storage: the form shows until the session is found.
}
