package console

import (
	"context"
	"errors"
	"html/template"
	"slices"

	"mpe/altinn/party"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// failure is why an answer was not taken.
type failure struct {
	Code  string // AMUI-nnnnn
	Text  template.HTML
	Lists []lackingList
}

// lackingList are the services, or the access packages, that could not be passed on.
type lackingList struct {
	Heading template.HTML
	Items   []lackingItem
}

type lackingItem struct {
	Name    string
	Reasons []template.HTML
}

// delegation is what a person tries to pass on.
type delegation struct {
	by       *party.Person
	from     org.Number
	rights   []resource.Right
	packages []string
}

// undelegated says why what was tried to be passed on was not: what was lacking, or what the code stands for; otherwise,
// when it has no text.
func (p *Pages) undelegated(ctx context.Context, in frame, code, otherwise string, d delegation) (f *failure, err error) {
	f = &failure{Code: code}
	if slices.Contains(itemised, code) {
		lacking, err := p.Delegations.Lacking(ctx, d.by, d.from, d.rights, d.packages)
		if err != nil || len(lacking) > 0 {
			return f, errors.Join(err, p.itemise(ctx, in, f, lacking))
		}
	}
	f.Text, err = in.T(in.explained(code, otherwise))
	return f, err
}

// itemised are the codes for which Altinn tells which rights and access packages the person may not pass on.
var itemised = []string{
	"AMUI-00001", "AMUI-00014", "AMUI-00016", "AMUI-00018", "AMUI-00019", "AMUI-00020", "AMUI-00053", "AMUI-00068",
	"AMUI-00069", "AMUI-00070", "AMUI-00071",
}

// itemise lists what could not be passed on: services before access packages.
func (p *Pages) itemise(ctx context.Context, in frame, f *failure, lacking []systemuser.Lacking) (err error) {
	var services, bundles lackingList
	for _, one := range lacking {
		if one.Package {
			known, _ := resource.Package(one.ID)
			bundles.Items = append(bundles.Items, lackingItem{Name: known.Name})
			continue
		}
		service, err := p.service(ctx, in.Lang, one.ID)
		if err != nil {
			return err
		}
		item := lackingItem{Name: service.Name}
		for _, reason := range one.Reasons {
			text, err := in.T("reason." + reason)
			if err != nil {
				return err
			}
			item.Reasons = append(item.Reasons, text)
		}
		services.Items = append(services.Items, item)
	}
	headline := "failure.both"
	switch {
	case bundles.Items == nil:
		headline = "failure.services"
	case services.Items == nil:
		headline = "failure.packages"
	}
	if f.Text, err = in.T(headline); err != nil {
		return err
	}
	if services.Heading, err = in.T("failure.theServices"); err != nil {
		return err
	}
	if bundles.Heading, err = in.T("failure.thePackages"); err != nil {
		return err
	}
	for _, list := range []lackingList{services, bundles} {
		if list.Items != nil {
			f.Lists = append(f.Lists, list)
		}
	}
	return nil
}

// explained is the key of the text about the code; otherwise, when it has none.
func (f frame) explained(code, otherwise string) string {
	if _, err := f.T("ui." + code); err == nil {
		return "ui." + code
	}
	return otherwise
}
