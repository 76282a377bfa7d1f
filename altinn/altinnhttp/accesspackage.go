package altinnhttp

func (e *Endpoints) packageRoutes() router { return nil }
