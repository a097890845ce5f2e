"""What is in force (model versions, rubrics, calibrators, policies), and how a new version comes into force."""
