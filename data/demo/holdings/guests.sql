SET VARIABLE guests = 'all'
