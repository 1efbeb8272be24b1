-- Whether anything in use has a price that asks for more than hours as they are, or was paid upfront.
SELECT
    EXISTS (
        SELECT 1 FROM used AS u
        INNER JOIN sold AS o ON u.offer_id = o.offer_id
        WHERE o.long
    )
    OR EXISTS (SELECT 1 FROM contract) AS asks_for_more
