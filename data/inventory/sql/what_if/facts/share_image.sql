-- inputs: shareable
-- creates: view fact
FROM shareable
