"""Homes sold to cash buyers (线下售出): what developers report, what the registry's file says."""
