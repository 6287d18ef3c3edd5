"""The stages of a request, one file each, none of which knows another: see `nemoproxy.pipeline` for their order."""
