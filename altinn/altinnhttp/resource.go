package altinnhttp

func (e *Endpoints) resourceRoutes() router { return nil }
