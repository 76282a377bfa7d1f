package altinnhttp

func (e *Endpoints) delegationRoutes() router { return nil }
