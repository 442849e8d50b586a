'''Pages and API.

A page is a module (or package) under `web/pages/` that has a `blueprint`, an API resource one under
`web/api/`. `web.registry` finds both by that name, so adding a desk or a resource changes no other file.

**A page**::

    blueprint = Blueprint("waves", __name__, url_prefix="/waves")
    NAVIGATION = (Place(N_("Waves"), "waves.list_waves", Permission.WRITE_WAVES, rank=20),)

    @blueprint.get("/")
    @allowed(Permission.WRITE_WAVES)
    def list_waves() -> str:
        """The open waves."""
        page = read(lambda session: waves.open_page(session, after=asked_page().after, limit=25))
        return render_template("waves/list.html", page=page)

    @blueprint.post("/<uuid:wave_id>/release")
    @allowed(Permission.WRITE_WAVES)
    def release_wave(wave_id: UUID) -> Response:
        """The wave's pick tasks are open."""
        form = read_form(ReleaseForm)  # a FormModel; what does not fit raises InvalidInputError
        write_form_once(lambda session: waves.release_wave(session, wave_id=wave_id, actor=viewer().actor))
        flash(_("Wave released."), "good")
        return redirect(url_for("waves.list_waves"))

Templates stand in `web/templates/<blueprint>/`, extend `base.html`, take forms, tables, badges and page links
from `macros.html`, and put every word through `_()`. Each `<form method="post">` begins with
`{{ ui.form_keys() }}`: the CSRF token, and the form token that makes a double click one deed. To show a
refusal on the same page, catch `FulfillmentError as refusal` and render with `refusal=refusal`; uncaught, it
becomes a page of its own with the right status.

**An API resource**::

    blueprint = api_blueprint("waves", N_("Waves"))

    @blueprint.get("/waves", responses={200: WavePage})
    @allowed(Permission.READ_ORDERS)
    def list_waves(query: PageQuery) -> Response:
        """List waves, the newest first."""
        return answer(read(lambda session: wave_page(session, query)))

    @blueprint.post("/waves", responses={201: WaveOut})
    @allowed(Permission.WRITE_WAVES)
    def create_wave(header: WriteHeader, body: NewWave) -> Response:
        """Create a wave from what is promised."""
        return answer_once(lambda session: (201, WaveOut.of(waves.create_wave(session, ...))))

Bodies, queries and answers are `ApiModel`s (no unknown members). `answer_once` requires the
`Idempotency-Key`, and keeps key, effect and answer in one transaction.

**Access.** Under the route decorator stands exactly one of `@allowed(Permission…)`, `@public` (a page for
anybody) or `@machine` (a webhook: no CSRF token, checks its caller itself). A route with none of them answers
403 and fails `tests/web/test_access.py`. A form with a file adds `@takes_upload(max_bytes)`. `viewer()` is
who asks; where `viewer().member_number` is set, a query must be narrowed to that member.

**Errors.** Raise a `FulfillmentError`; `web.errors` turns it into problem+json or a page.
'''
