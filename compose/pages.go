package compose

import "mpe/compose/console"

// pages are the sandbox's web pages.
func (s *sandbox) pages() *console.Pages {
	return &console.Pages{
		Base:      s.addresses.base,
		Parties:   s.altinn.parties,
		Sessions:  s.sessions,
		Requests:  s.altinn.users,
		Autologin: s.config.Autologin,
		Now:       s.config.Now,
	}
}
