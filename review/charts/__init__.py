"""Charts that only pages have, and how a page's charts are served. They stand below the pages: each draws with them."""
