package altinnhttp

func (e *Endpoints) partyRoutes() router { return nil }
