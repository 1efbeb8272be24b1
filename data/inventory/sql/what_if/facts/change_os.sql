-- inputs: reinstalled
-- creates: view fact
FROM reinstalled
