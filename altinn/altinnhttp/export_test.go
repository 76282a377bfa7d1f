package altinnhttp

// Routes are all that is answered, as "METHOD /path".
func (e *Endpoints) Routes() []string {
	var all []string
	for _, r := range e.router {
		all = append(all, r.method+" /"+r.path)
	}
	return all
}

// Route is the path of the route that answers; empty: none does.
func (e *Endpoints) Route(method, escapedPath string) string {
	r, _, _ := e.router.find(method, escapedPath)
	if r == nil {
		return ""
	}
	return "/" + r.path
}
