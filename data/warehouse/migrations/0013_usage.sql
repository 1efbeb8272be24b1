-- On which clouds every use of an image is known. The state of the embedded cloud is this warehouse, so all of its
-- servers and disks are in it. Of a real cloud it has only the servers and disks that Imagekeeper made there. This is
-- the only place that says so: policy and reports ask this macro. It is NULL where the cloud is not known.
-- Views of reports have it written out: its parameter must not have the name of a column.
CREATE MACRO usage_is_complete(of_cloud) AS (of_cloud = 'local');

-- The linter cannot read this kind:
-- noqa: disable=PRS
COMMENT ON MACRO usage_is_complete
IS 'Whether the warehouse has every server and disk of a cloud: usage_is_complete(image.cloud). If it has not, an image without known users may still be in use.';
