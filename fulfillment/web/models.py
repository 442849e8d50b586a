"""The base of every body, query, form and answer."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.json_schema import DEFAULT_REF_TEMPLATE, GenerateJsonSchema, JsonSchemaMode
from typing_extensions import override

from fulfillment.web.paging import DEFAULT_LIMIT, MAX_CURSOR_LENGTH, MAX_LIMIT

_SCHEMAS: dict[tuple[object, ...], dict[str, Any]] = {}


class CachedSchema(BaseModel):
    """A model whose schema is computed once.

    flask-openapi3 asks for it at every request with a query or a header, which took three quarters of the
    request's CPU.
    """

    @classmethod
    @override
    def model_json_schema(  # type: ignore[override]  # the newer keyword is not used by flask-openapi3
        cls,
        by_alias: bool = True,
        ref_template: str = DEFAULT_REF_TEMPLATE,
        schema_generator: type[GenerateJsonSchema] = GenerateJsonSchema,
        mode: JsonSchemaMode = "validation",
    ) -> dict[str, Any]:
        """The schema in this form, from the cache after the first time."""
        key = (cls, by_alias, ref_template, schema_generator, mode)
        if key not in _SCHEMAS:
            _SCHEMAS[key] = super().model_json_schema(by_alias, ref_template, schema_generator, mode)
        return _SCHEMAS[key]


class ApiModel(CachedSchema):
    """A model with no unknown members."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_nul(cls, value: object) -> object:
        """PostgreSQL keeps no NUL in text, so that one let in would end as a fault of ours."""
        if _has_nul(value):
            raise ValueError("must not contain the character NUL (U+0000)")
        return value

    def as_json(self) -> dict[str, Any]:
        """The answer as plain JSON, checked against this model by having been made from it."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def of(cls, row: object) -> Self:
        """The answer for a row or object with members of the same names."""
        return cls.model_validate(row, from_attributes=True)


def _has_nul(value: object) -> bool:
    """Whether a text, or any text in a list or object, has the character NUL; models look at their own."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(each) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(_has_nul(each) for each in value)


class PageQuery(ApiModel):
    """Which page of a list."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="rows per page")
    cursor: str | None = Field(
        None, max_length=MAX_CURSOR_LENGTH, description="next_cursor of the page before; none for the first"
    )


class PageOut(ApiModel):
    """The end of each list: what to ask for next. Lists add their `items`."""

    next_cursor: str | None = Field(description="ask with this for the next page; null on the last")


class WriteHeader(CachedSchema):
    """What every write carries; the rest of the headers is not ours to judge."""

    model_config = ConfigDict(extra="ignore")

    idempotency_key: str = Field(
        alias="Idempotency-Key",
        min_length=8,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="new for each write, the same when it is repeated; a UUID is good",
    )


class FieldProblem(ApiModel):
    """One place of the request that does not fit."""

    pointer: str
    code: str
    message: str


class Problem(ApiModel):
    """A refusal (RFC 9457); `code` is stable, `detail` is for people, `context` has the numbers."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem]
    context: dict[str, Any]
    request_id: str
