-- The role that a release's command comes as: never a superuser, with what else it may do on its own server.
ALTER ROLE {role} LOGIN {attributes} PASSWORD {password}
