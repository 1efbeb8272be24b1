-- What existed at a moment, in one place: reports, what-if and retention ask these macros. DuckDB puts the expression
-- in place of the call before it plans, so filters are pushed down as if they were written out.
-- Their parameters must not have the name of a column; they look like types, and are written in small letters (CP05):
-- sqlfluff:exclude_rules:CP05

CREATE MACRO existed_at(begun, ended, moment) AS (begun <= moment AND (ended IS NULL OR ended > moment));

CREATE MACRO not_ended_at(ended, moment) AS (ended IS NULL OR ended > moment);

-- The report views of a snapshot have another one of this name: they reckon in UTC without time zones.
CREATE MACRO as_time(said) AS (said::TIMESTAMPTZ);

-- The linter cannot read this kind:
-- noqa: disable=PRS
COMMENT ON MACRO existed_at
IS 'Whether something existed at a moment: existed_at(created_at, deleted_at, moment). A NULL as end means that it still exists.';

COMMENT ON MACRO not_ended_at
IS 'Whether something had not ended at a moment: not_ended_at(deleted_at, moment). It may not have begun either.';

COMMENT ON MACRO as_time IS 'A text or NULL as a time: as_time(''infinity'').';
