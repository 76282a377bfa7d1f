package altinnhttp

func (e *Endpoints) pdpRoutes() router { return nil }
