SELECT
    (SELECT count(*) FROM image) AS images,
    (SELECT count(*) FROM current_member) AS shares,
    (SELECT count(*) FROM offer) AS offers,
    (SELECT count(*) FROM server) AS servers,
    (SELECT count(*) FROM action_log) AS actions,
    (SELECT count(*) FROM charge) AS charges
